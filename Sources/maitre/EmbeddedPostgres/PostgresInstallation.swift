import Foundation

/// The programs of one PostgreSQL version on this machine.
struct PostgresInstallation: Sendable, Equatable {
    /// The oldest major version that our SQL runs on.
    static let oldestMajor = 15

    /// Absolute path of the directory with `postgres` and `initdb`.
    let directory: String
    let major: Int

    func path(_ program: String) -> String { "\(directory)/\(program)" }

    /// Finds the newest installation, or the one of a given major version because data files belong to one.
    static func find(major wanted: Int? = nil, environment: [String: String] = ProcessInfo.processInfo.environment) async throws -> Self {
        var best: PostgresInstallation?
        var seen: Set<String> = []
        for directory in await candidates(environment: environment) where seen.insert(directory).inserted {
            guard let major = await majorVersion(in: directory) else { continue }
            if let wanted {
                if major == wanted { return PostgresInstallation(directory: directory, major: major) }
            } else if major >= oldestMajor, major > best?.major ?? 0 {
                best = PostgresInstallation(directory: directory, major: major)
            }
        }
        guard let best else { throw EmbeddedPostgresError.notInstalled(major: wanted ?? oldestMajor, exactly: wanted != nil) }
        return best
    }

    private static func candidates(environment: [String: String]) async -> [String] {
        var directories: [String] = []
        let path = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map(String.init)
        if let program = path.map({ "\($0)/pg_config" }).first(where: { isProgram($0) }),
            let result = try? await ChildProcess.run(.init(executable: program, arguments: ["--bindir"])), result.exit == .code(0)
        {
            directories.append(result.output.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        // Debian; RPM packages of the PostgreSQL project; Homebrew on both kinds of Mac.
        directories += children(of: "/usr/lib/postgresql").map { "\($0)/bin" }
        directories += children(of: "/usr").filter { $0.hasPrefix("/usr/pgsql-") }.map { "\($0)/bin" }
        directories += path
        for homebrew in ["/opt/homebrew/opt", "/usr/local/opt"] {
            directories += children(of: homebrew).filter { $0.contains("/postgresql") }.map { "\($0)/bin" }
        }
        return directories.filter { isProgram("\($0)/postgres") && isProgram("\($0)/initdb") }
    }

    private static func children(of directory: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.sorted().map { "\(directory)/\($0)" }
    }

    private static func isProgram(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: path)
    }

    /// `postgres (PostgreSQL) 15.14 (Debian …)` → 15; also `17beta1` → 17.
    private static func majorVersion(in directory: String) async -> Int? {
        let launch = ChildProcess.Launch(executable: "\(directory)/postgres", arguments: ["--version"])
        guard let result = try? await ChildProcess.run(launch), result.exit == .code(0),
            let version = result.output.split(separator: ")", maxSplits: 1).last
        else { return nil }
        return Int(version.drop { !$0.isNumber }.prefix { $0.isNumber })
    }
}
