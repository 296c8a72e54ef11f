import ArgumentParser
import Jobs
import Tenancy

extension AdminCommand {
    /// `maitre admin limit-queue`: what all workers together may take of a queue.
    struct LimitQueue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Limits how many jobs of a queue start in a time and run at once, over all nodes; replaces the limits that it had.",
            discussion: "Without --starts and --running the queue has no limits any more. Holds from the next claim on."
        )

        @OptionGroup var options: ConfigurationOptions

        @Option(help: "The queue's name: message_sending.") var queue: String
        @Option(help: "Starts in any window of this length; 1 to 1000, needs --seconds.") var starts: Int?
        @Option(help: "Length of the window; 0.1 to 86400.") var seconds: Double?
        @Option(help: "Jobs that run at once; 1 to 100000.") var running: Int?

        func validate() throws {
            guard (starts == nil) == (seconds == nil) else { throw ValidationError("--starts and --seconds belong together") }
            guard seconds.map({ (0.1...86_400).contains($0) }) ?? true else { throw ValidationError("--seconds is from 0.1 to 86400") }
        }

        /// Nil: none.
        var limits: QueueLimits? {
            var rate: QueueLimits.Rate?
            if let starts, let seconds { rate = .init(starts: starts, window: .milliseconds(Int64((seconds * 1000).rounded()))) }
            return rate == nil && running == nil ? nil : QueueLimits(rate: rate, running: running)
        }

        func run() async throws {
            try await AdminCommand.withNode(options) { node in
                try await node.queues.limit(Queue(queue), to: limits, by: .system("maitre admin limit-queue"))
            }
        }
    }
}
