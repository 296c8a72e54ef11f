import Foundation

/// Where the pages of `/docs` are, which `bin/docs` makes: in the current directory, in the checkout that the executable was built in, or installed.
enum DocsDirectory {
    /// - Returns: nil when they were not made; Maitre serves everything else without them.
    static func find() -> URL? {
        var candidates = [URL(fileURLWithPath: ".docs")]
        var directory = URL(fileURLWithPath: CommandLine.arguments.first ?? "").resolvingSymlinksInPath().deletingLastPathComponent()
        for _ in 0..<5 {
            candidates.append(directory.appendingPathComponent(".docs"))
            directory.deleteLastPathComponent()
        }
        candidates.append(URL(fileURLWithPath: "/usr/share/maitre/docs"))
        return candidates.first { FileManager.default.fileExists(atPath: $0.appendingPathComponent("index.html").path) }
    }
}
