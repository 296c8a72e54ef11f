import ArgumentParser
import Jobs
import Testing

@testable import maitre

@Suite("maitre admin limit-queue")
struct LimitQueueTests {
    private func limits(_ arguments: String...) throws -> QueueLimits? {
        try AdminCommand.LimitQueue.parse(["--queue", "inbound"] + arguments).limits
    }

    @Test("Starts and seconds belong together; without anything there are no limits")
    func parsing() throws {
        #expect(try limits("--starts", "20", "--seconds", "60") == QueueLimits(rate: .init(starts: 20, window: .seconds(60)), running: nil))
        #expect(
            try limits("--starts", "5", "--seconds", "0.25", "--running", "2")
                == QueueLimits(rate: .init(starts: 5, window: .milliseconds(250)), running: 2)
        )
        #expect(try limits("--running", "3") == QueueLimits(rate: nil, running: 3))
        #expect(try limits() == nil)
        for wrong in [
            ["--starts", "5"], ["--seconds", "5"], ["--starts", "5", "--seconds", "1e300"], ["--starts", "5", "--seconds", "nan"],
        ] {
            #expect(throws: (any Error).self) { try AdminCommand.LimitQueue.parse(["--queue", "inbound"] + wrong) }
        }
        #expect(throws: (any Error).self) { try AdminCommand.LimitQueue.parse(["--running", "5"]) }
    }
}
