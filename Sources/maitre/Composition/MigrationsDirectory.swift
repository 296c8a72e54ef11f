import Foundation

/// Where the SQL files are: beside the current directory, beside the executable in a checkout, or installed.
enum MigrationsDirectory {
    static func find() throws -> URL {
        var candidates = [URL(fileURLWithPath: "migrations")]
        var directory = URL(fileURLWithPath: CommandLine.arguments.first ?? "").resolvingSymlinksInPath().deletingLastPathComponent()
        for _ in 0..<5 {
            candidates.append(directory.appendingPathComponent("migrations"))
            directory.deleteLastPathComponent()
        }
        candidates.append(URL(fileURLWithPath: "/usr/share/maitre/migrations"))
        for candidate in candidates
        where FileManager.default.fileExists(atPath: candidate.appendingPathComponent("bootstrap/bootstrap.sql").path) {
            return candidate
        }
        throw PlainFailure(description: "The folder migrations was not found; start maitre in its checkout.")
    }
}
