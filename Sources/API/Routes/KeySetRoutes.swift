import Core
import HTTPTypes
import Hummingbird
import Tenancy

/// `/.well-known/jwks.json`: the public keys of access tokens (RFC 7517), for services that verify them by themselves.
public struct KeySetRoutes: Sendable {
    private let ring: SigningKeyRing

    public init(_ ring: SigningKeyRing) {
        self.ring = ring
    }

    public func add(to router: Router<AppRequestContext>) {
        router.get(".well-known/jwks.json") { _, _ in
            // Shorter than the notice between a key's publication and its first signature.
            JSONResponse(.ok, headers: [.cacheControl: "public, max-age=30"], try await Self.json(ring.published()))
        }
    }

    private static func json(_ keys: [PublishedKey]) -> JSONWriter {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member(
                "keys",
                array: { writer in
                    for key in keys {
                        writer.object {
                            $0.member("kty", "OKP")
                            $0.member("crv", "Ed25519")
                            $0.member("use", "sig")
                            $0.member("alg", "EdDSA")
                            $0.member("kid", key.id)
                            $0.member("x", key.x)
                        }
                    }
                }
            )
        }
        return writer
    }
}
