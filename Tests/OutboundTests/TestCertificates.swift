import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// An authority of its own and certificates that it signs, made anew for each test.
struct TestCertificates {
    private let key = P256.Signing.PrivateKey()
    private let name: DistinguishedName
    let authority: NIOSSLCertificate

    init() throws {
        name = try DistinguishedName { CommonName("Test authority") }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: .init(),
            publicKey: .init(key.publicKey),
            notValidBefore: .now - 3600 * 24 * 30,
            notValidAfter: .now + 3600,
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: .init { Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil)) },
            issuerPrivateKey: .init(key)
        )
        authority = try Self.native(certificate)
    }

    /// A server's side of TLS with a certificate for `host`.
    func server(for host: String, until end: Date = .now + 3600) throws -> NIOSSLContext {
        let own = P256.Signing.PrivateKey()
        let certificate = try Certificate(
            version: .v3,
            serialNumber: .init(),
            publicKey: .init(own.publicKey),
            notValidBefore: .now - 3600 * 24,
            notValidAfter: end,
            issuer: name,
            subject: DistinguishedName { CommonName(host) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: .init { SubjectAlternativeNames([.dnsName(host)]) },
            issuerPrivateKey: .init(key)
        )
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: [.certificate(try Self.native(certificate))],
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(own.derRepresentation), format: .der))
            )
        )
    }

    private static func native(_ certificate: Certificate) throws -> NIOSSLCertificate {
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der)
    }
}
