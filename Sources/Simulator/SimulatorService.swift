import AsyncHTTPClient
import Core
import Logging
import NIOCore
import ServiceLifecycle

/// What happens without being asked: webhooks leave, statuses follow sends, templates are approved, idle conversations are forgotten.
///
/// Run it beside the server that has the routes. It ends on graceful shutdown; webhooks under way are abandoned, as the state is in memory anyway.
public struct SimulatorService: Service {
    private let meta: SimulatedMeta

    public init(_ meta: SimulatedMeta) {
        self.meta = meta
    }

    public func run() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = meta.configuration.limits.concurrentWebhooks
        configuration.timeout.connect = .seconds(5)
        let httpClient = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let sender = WebhookSender(meta: meta, httpClient: httpClient)
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await sender.run() }
                group.addTask { await runTimers() }
                group.addTask { await sweep() }
                if meta.configuration.verifiesCallbackOnStart { group.addTask { await verifyOnStart() } }
                await group.waitForAll()
            }
        }
        meta.change { state, _ in state.watchers.finishAll() }
        try await httpClient.shutdown()
    }

    private func runTimers() async {
        while !Task.isCancelled {
            let next = meta.change { state, now in state.runTimers(at: now) }
            if let next {
                // A clock moved by hand rings; between rings real time is a good guess.
                await meta.timerBell.wait(atMost: max(next - meta.now(), .milliseconds(1)))
            } else {
                await meta.timerBell.wait()
            }
        }
    }

    private func sweep() async {
        while !Task.isCancelled {
            meta.change { state, _ in state.evictIdleThreads() }
            try? await Task.sleep(for: .seconds(5))
        }
    }

    /// The receiver may still be starting: tries for half a minute, then leaves it to be asked for.
    private func verifyOnStart() async {
        for _ in 0..<60 where !Task.isCancelled {
            let results = await meta.verifyCallbacks()
            if results.allSatisfy({ $0.isVerified || $0.status != nil }) {
                for result in results where !result.isVerified {
                    meta.logger.warning(
                        "callback refused verification",
                        metadata: ["url": .string(result.url), "detail": .string(result.detail)]
                    )
                }
                return
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }
}
