import Logging

// Opening connections: as many as there are waiters, one at a time while the server refuses, with growing pauses.
extension ReactorLoop {
    /// How many connections should be opened, the pause after a failure aside.
    private var missing: Int {
        let room = configuration.poolSize - connections.count - opening
        let wanted = liveWaiters > 0 ? liveWaiters - opening : (connections.isEmpty && opening == 0 && drainDeadline == nil ? 1 : 0)
        return min(room, openFailures > 0 ? min(wanted, 1 - opening) : wanted)
    }

    var isOpeningDue: Bool { missing > 0 }

    func openWhatIsMissing() {
        guard nextOpening <= now else { return }
        var count = missing
        while count > 0 {
            opening += 1
            count -= 1
            reactor.open()
        }
    }

    func add(_ opened: OpenedConnection) {
        opening -= 1
        if openFailures > 0 {
            reactor.logger.info("Database connection restored", metadata: ["failures": "\(openFailures)"])
        }
        openFailures = 0
        nextOpening = MonotonicTime(nanoseconds: 0)
        lastFailure = nil
        statistics.connects += 1
        let connection = Connection(id: nextID, opened: opened)
        nextID += 1
        connections.append(connection)
        ready(connection)
    }

    func openingFailed(_ failure: Connector.Failure) {
        opening -= 1
        statistics.connectFailures += 1
        openFailures += 1
        // 50 ms, 100 ms … 1 s, of which a random half is waited so that nodes do not knock together. Not longer: one attempt a second costs a server
        // that starts nothing, and webhooks are refused until one succeeds.
        let milliseconds = min(1000, 50 << min(openFailures - 1, 5))
        nextOpening = now + .milliseconds(Int.random(in: milliseconds / 2...milliseconds))
        switch failure {
        case .refused(let message): lastFailure = message
        case .timedOut: lastFailure = "connecting took too long"
        case .stopped: return
        }
        // The first failure and then every doubling, not hundreds of lines during an outage.
        if openFailures.nonzeroBitCount == 1 {
            reactor.logger.warning(
                "Database connection failed",
                metadata: ["reason": "\(lastFailure ?? "")", "failures": "\(openFailures)"]
            )
        }
    }
}
