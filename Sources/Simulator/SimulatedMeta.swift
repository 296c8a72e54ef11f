import Core
import Logging
import Synchronization

/// A simulated WhatsApp Cloud API: numbers, customers with phones, conversations, media, templates, and webhooks about all of them.
///
/// It speaks the provider's wire format only (providers.md A). Mount its routes with `addRoutes(to:)`, run a `SimulatorService` beside the server;
/// the methods here and the control API do the same things. Everything is in memory and bounded.
public final class SimulatedMeta: Sendable {
    public let configuration: SimulatorConfiguration
    let logger: Logger
    let now: @Sendable () -> Timestamp
    let timerBell = Bell()
    let outboxBell = Bell()
    let verifier = CallbackVerifier()
    private let state: Mutex<SimulatorState>
    /// Changes with every start, so that a phone page knows that its conversation is gone.
    let epoch: String

    /// - Parameter now: the clock, replaceable in tests.
    public init(
        configuration: SimulatorConfiguration,
        logger: Logger = Logger(label: "maitre.simulator"),
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.now = now
        let start = now()
        let seed = UInt64.random(in: .min ... .max)
        epoch = String(seed, radix: 36)
        state = Mutex(SimulatorState(configuration: configuration, idSeed: seed, now: start))
        for preset in configuration.templates {
            do {
                _ = try TemplateDefinition(json: preset.definition)
            } catch {
                logger.warning("preset template refused", metadata: ["details": .string(error.details ?? error.message)])
            }
        }
    }

    /// Changes the state and wakes the loops that have something new to do.
    func change<Result: Sendable, Failure: Error>(
        _ body: (inout SimulatorState, Timestamp) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let now = now()
        var ringsTimers = false
        var ringsOutbox = false
        defer {
            if ringsTimers { timerBell.ring() }
            if ringsOutbox { outboxBell.ring() }
        }
        return try state.withLock { state throws(Failure) -> Result in
            let due = state.timers.nextDue
            defer {
                if let next = state.timers.nextDue { ringsTimers = due.map { next < $0 } ?? true }
                ringsOutbox = state.canSendWebhook
            }
            return try body(&state, now)
        }
    }

    /// Adds a number while running, or replaces what is known about one, as when a business connects a new number.
    public func register(_ phone: SimulatedPhoneNumber) {
        change { state, _ in state.register(phone) }
    }

    /// Wakes the loops, for clocks that were moved by hand.
    public func clockChanged() {
        timerBell.ring()
    }
}
