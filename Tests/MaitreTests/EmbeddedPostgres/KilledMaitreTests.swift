import Core
import Foundation
import Testing

@testable import maitre

/// The program itself, killed without a chance to stop its server.
@Suite("maitre postgres run", .timeLimit(.minutes(2)))
struct KilledMaitreTests {
    /// The program that was built beside these tests.
    static var program: String {
        let tests = realPath(CommandLine.arguments[0])
        return "\(tests.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/"))/maitre"
    }

    /// Starts the program and waits for the URL it prints.
    private static func start(_ directory: String) async throws -> (ChildProcess, Secret<String>) {
        let outputPath = "\(directory)-output-\(UInt32.random(in: 0 ... .max))"
        let output = open(outputPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(output >= 0)
        defer { close(output) }
        let environment = ["PATH": "/usr/bin:/bin", "TMPDIR": NSTemporaryDirectory()]
        let child = try await ChildProcess.spawn(
            .init(executable: program, arguments: ["postgres", "run", "--data", directory], environment: environment, output: output)
        )
        while true {
            let text = try String(contentsOfFile: outputPath, encoding: .utf8)
            if let line = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().last(where: {
                $0.hasPrefix("postgres://")
            }) {
                return (child, Secret(String(line)))
            }
            let exit = await child.exit(within: .milliseconds(50))
            try #require(exit == nil, "\(text)")
        }
    }

    @Test("J1: kill -9 of maitre takes its server down too, and the next start has the data", arguments: [1, 3])
    func killed(kills: Int) async throws {
        try await ServerFixture.withDirectory { fixture in
            let directory = "\(fixture.directory)/state"
            for round in 0..<kills {
                let (child, url) = try await Self.start(directory)
                if round == 0 { try await ServerFixture.query("create table kept(round int)", url) }
                try await ServerFixture.query("insert into kept values (\(round))", url)
                child.send(SIGKILL)
                // No waiting: the next start must cope with a server that is still going down.
                #expect(await child.exitUnlessCancelled() == .signal(SIGKILL))
            }
            let (child, url) = try await Self.start(directory)
            try await ServerFixture.expect("select count(*) from kept", url, gives: "\(kills)")
            let postmaster = try #require(PostmasterFile(in: "\(directory)/postgres")).processIdentifier
            child.send(SIGTERM)
            #expect(await child.exitUnlessCancelled() == .code(0))
            #expect(kill(postmaster, 0) == -1)
        }
    }

    @Test("A server left alone ends by itself", .enabled(if: isLinux))
    func serverFollows() async throws {
        try await ServerFixture.withDirectory { fixture in
            let directory = "\(fixture.directory)/state"
            let (child, _) = try await Self.start(directory)
            child.send(SIGKILL)
            _ = await child.exitUnlessCancelled()
            let deadline = ContinuousClock.now + .seconds(20)
            while FileManager.default.fileExists(atPath: "\(directory)/postgres/postmaster.pid") {
                try #require(ContinuousClock.now < deadline, "the server is still there")
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    static var isLinux: Bool {
        #if os(Linux)
            true
        #else
            false
        #endif
    }
}
