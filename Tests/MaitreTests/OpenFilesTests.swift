import Foundation
import InMemoryLogging
import Logging
import Testing

@testable import maitre

@Suite("Open files")
struct OpenFilesTests {
    @Test("R5: the process may open as many files as it is ever allowed, and says when its connections would need more")
    func limit() throws {
        let allowed = try #require(OpenFiles.raise())
        let records = InMemoryLogHandler()
        let logger = Logger(label: "test") { _ in records }
        OpenFiles.allow(connections: allowed - OpenFiles.besides, logger: logger)
        #expect(records.entries.isEmpty)
        OpenFiles.allow(connections: allowed - OpenFiles.besides + 1, logger: logger)
        #expect(records.entries.map(\.level) == [.warning])
        #expect(records.entries.first?.metadata["openFiles"] == "\(allowed)")
        #if os(Linux)
            #expect(try softLimit() == allowed)
        #endif
    }

    /// What holds for this process now.
    private func softLimit() throws -> Int {
        let limits = try String(contentsOfFile: "/proc/self/limits", encoding: .utf8)
        let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
        return try #require(Int(line.split(separator: " ")[3]))
    }
}
