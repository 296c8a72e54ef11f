import AsyncHTTPClient
import Core
import Foundation
import NIOCore
import NIOHTTP1

/// Asks a callback to prove that it expects these webhooks (A1): a GET with a challenge that must come back.
struct CallbackVerifier: Sendable {
    func verify(url: String, app: SimulatedApp, token: Secret<String>? = nil, challenge: String, at now: Timestamp) async
        -> VerificationResult
    {
        func result(_ isVerified: Bool, _ status: Int?, _ detail: String) -> VerificationResult {
            VerificationResult(url: url, appID: app.appID, isVerified: isVerified, status: status, detail: detail, at: now)
        }
        guard let query = Self.query(challenge: challenge, token: (token ?? app.verifyToken).reveal()) else {
            return result(false, nil, "the verify token cannot be written into a URL")
        }
        do {
            let request = HTTPClientRequest(url: url + (url.contains("?") ? "&" : "?") + query)
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
            let body = try await response.body.collect(upTo: 64 << 10)
            let status = Int(response.status.code)
            guard status == 200 else { return result(false, status, "the callback answered \(status)") }
            guard String(buffer: body) == challenge else { return result(false, status, "the callback did not return the challenge") }
            return result(true, status, "verified")
        } catch {
            return result(false, nil, "the callback did not answer")
        }
    }

    private static func query(challenge: String, token: String) -> String? {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        guard let encoded = token.addingPercentEncoding(withAllowedCharacters: allowed) else { return nil }
        return "hub.mode=subscribe&hub.challenge=\(challenge)&hub.verify_token=\(encoded)"
    }
}

extension SimulatedMeta {
    /// Verifies the callbacks of every subscribed app and remembers the outcome.
    @discardableResult
    func verifyCallbacks() async -> [VerificationResult] {
        let targets = change { state, _ -> [Target] in
            var seen: Set<String> = []
            var targets: [Target] = []
            for id in state.numberOrder {
                guard let number = state.numbers[id] else { continue }
                for destination in state.destinations(wabaID: number.phone.wabaID, phoneNumberID: id) {
                    guard let app = state.apps[destination.appID], seen.insert("\(destination.appID) \(destination.url)").inserted else {
                        continue
                    }
                    let token = number.callback?.verifyToken ?? state.accounts[number.phone.wabaID]?.callback?.verifyToken
                    targets.append(Target(url: destination.url, app: app, token: token))
                }
            }
            return targets
        }
        var results: [VerificationResult] = []
        for target in targets {
            results.append(
                await verifier.verify(
                    url: target.url,
                    app: target.app,
                    token: target.token,
                    challenge: String(UInt32.random(in: 100_000_000 ... .max)),
                    at: now()
                )
            )
        }
        let outcome = results
        change { state, _ in state.verifications = outcome }
        return outcome
    }

    private struct Target: Sendable {
        let url: String
        let app: SimulatedApp
        let token: Secret<String>?
    }
}
