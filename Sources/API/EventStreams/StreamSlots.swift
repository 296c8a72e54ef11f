import Core
import HTTPTypes
import Metrics
import Synchronization

/// Counts open streams, so that no credential and no restaurant takes all of a process.
final class StreamSlots: Sendable {
    private struct State {
        var credentials: [CredentialID: Int] = [:]
        var merchants: [MerchantID: Int] = [:]
        var total = 0
    }

    /// Gives its place back when nobody holds it any more, however the stream ended.
    final class Slot: Sendable {
        private let slots: StreamSlots
        private let credential: CredentialID
        private let merchant: MerchantID

        fileprivate init(_ slots: StreamSlots, _ credential: CredentialID, _ merchant: MerchantID) {
            self.slots = slots
            self.credential = credential
            self.merchant = merchant
        }

        deinit { slots.release(credential, merchant) }
    }

    private let limits: EventStreamLimits
    private let state = Mutex(State())
    private let gauge = Gauge(label: "maitre_event_streams")

    init(_ limits: EventStreamLimits) {
        self.limits = limits
    }

    /// - Throws: `Problem` 429 `rate_limited` when there are as many as may be.
    func take(_ credential: CredentialID, of merchant: MerchantID) throws -> Slot {
        let total = state.withLock { state -> Int? in
            guard state.credentials[credential, default: 0] < limits.perCredential,
                state.merchants[merchant, default: 0] < limits.perMerchant
            else { return nil }
            state.credentials[credential, default: 0] += 1
            state.merchants[merchant, default: 0] += 1
            state.total += 1
            return state.total
        }
        guard let total else {
            throw Problem(.rateLimited, detail: "Too many streams are open at once; close one.", headers: [.retryAfter: "10"])
        }
        gauge.record(total)
        return Slot(self, credential, merchant)
    }

    private func release(_ credential: CredentialID, _ merchant: MerchantID) {
        let total = state.withLock { state in
            Self.decrement(&state.credentials, credential)
            Self.decrement(&state.merchants, merchant)
            state.total -= 1
            return state.total
        }
        gauge.record(total)
    }

    private static func decrement<Key: Hashable>(_ counts: inout [Key: Int], _ key: Key) {
        let left = counts[key, default: 0] - 1
        counts[key] = left > 0 ? left : nil
    }
}
