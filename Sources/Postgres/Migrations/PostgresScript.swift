/// A script of several statements without parameters, over a connection of its own: what a pipeline cannot carry.
public enum PostgresScript {
    /// Runs `sql` by the simple protocol; several statements are one transaction unless they say otherwise.
    ///
    /// - Throws: ``MigrationError`` with the server's message: safe to show, as the text has no parameters.
    public static func run(_ sql: String, url: String) async throws {
        try await MigrationRunner.onThread { isStopped in
            let connection = try DirectConnection(url: url, lockTimeout: .seconds(10), isStopped: isStopped)
            do throws(DirectConnection.Failure) {
                try connection.execute(sql)
            } catch {
                throw MigrationError.script(message: error.message)
            }
        }
    }
}
