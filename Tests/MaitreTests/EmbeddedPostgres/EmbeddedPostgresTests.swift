import Core
import Foundation
import Testing

@testable import maitre

/// The real server, started, stopped and killed. Each test has its own.
@Suite("Embedded PostgreSQL", .timeLimit(.minutes(2)))
struct EmbeddedPostgresTests {
    @Test("J1: the first start creates a cluster as promised: SCRAM, UTF-8, code point order, checksums, durable settings")
    func firstStart() async throws {
        try await ServerFixture.withDirectory { fixture in
            let postgres = EmbeddedPostgres(directory: fixture.directory, logger: fixture.logger)
            let running = try await postgres.start()
            let answer = try await ServerFixture.query(
                """
                select current_setting('fsync'), current_setting('data_checksums'), current_setting('password_encryption'),
                    pg_encoding_to_char(encoding), current_setting('shared_buffers'), current_setting('listen_addresses'), count(rolpassword)
                from pg_database, pg_authid where datname = current_database() and rolpassword like 'SCRAM-SHA-256$%' group by encoding
                """,
                running.superuserURL
            )
            let collation = try await ServerFixture.query("select 'Z' < 'a', upper('é')", running.superuserURL)
            await running.stop()
            #expect(answer == "on|on|scram-sha-256|UTF8|256MB||1")
            #expect(collation.hasPrefix("t|"))
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(fixture.directory)/passwords.json")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test("A wrong password is refused, over the socket too")
    func wrongPassword() async throws {
        try await ServerFixture.withDirectory { fixture in
            try await fixture.withServer(tcp: .loopback(port: 0)) { running in
                let wrong = Secret("wrong")
                let urls = [
                    running.url(role: "postgres", password: wrong, database: "postgres"),
                    try #require(running.tcpURL(role: "postgres", password: wrong, database: "postgres")),
                ]
                for url in urls {
                    await #expect(throws: QueryFailure.self) { try await ServerFixture.query("select 1", url) }
                }
            }
        }
    }

    @Test("J1: the second start finds the data and the same passwords")
    func restartKeepsData() async throws {
        try await ServerFixture.withDirectory { fixture in
            let first = try await fixture.withServer { running in
                try await ServerFixture.query("create table kept as select 42 as answer", running.superuserURL)
                return try running.password(for: "maitre_tenant").reveal()
            }
            try await fixture.withServer { running in
                try await ServerFixture.expect("select answer from kept", running.superuserURL, gives: "42")
                let second = try running.password(for: "maitre_tenant").reveal()
                #expect(second == first)
            }
        }
    }

    @Test("J1: stopping ends the server's processes and removes its pid file, with clients connected")
    func stopEndsEverything() async throws {
        try await ServerFixture.withDirectory { fixture in
            let running = try await fixture.postgres().start()
            let url = try running.superuserURL
            async let interrupted: String? = try? ServerFixture.query("select pg_sleep(60)", url)
            let deadline = ContinuousClock.now + .seconds(10)
            while try await ServerFixture.query("select count(*) from pg_stat_activity where query = 'select pg_sleep(60)'", url) != "1" {
                try #require(ContinuousClock.now < deadline)
            }
            let process = running.processIdentifier
            await running.stop()
            #expect(kill(process, 0) == -1)
            #expect(PostmasterFile(in: running.dataDirectory) == nil)
            #expect(await interrupted == nil)
            await running.stop()
        }
    }

    @Test("J1: after kill -9 of the server the next start recovers what was committed")
    func killedServer() async throws {
        try await ServerFixture.withDirectory { fixture in
            let running = try await fixture.postgres().start()
            try await ServerFixture.query("create table kept as select 42 as answer", running.superuserURL)
            kill(running.processIdentifier, SIGKILL)
            #expect(await running.exit() == .signal(SIGKILL))
            await running.stop()
            try await fixture.withServer { running in
                try await ServerFixture.expect("select answer from kept", running.superuserURL, gives: "42")
            }
        }
    }

    @Test("A killed server is started again in place, at the same address")
    func restartInPlace() async throws {
        try await ServerFixture.withDirectory { fixture in
            try await fixture.withServer(tcp: .loopback(port: 0)) { running in
                let url = try #require(
                    running.tcpURL(role: "postgres", password: try running.password(for: "postgres"), database: "postgres")
                )
                try await ServerFixture.query("create table kept as select 42 as answer", url)
                kill(running.processIdentifier, SIGKILL)
                _ = await running.exit()
                try await running.restart()
                try await ServerFixture.expect("select answer from kept", url, gives: "42")
            }
        }
    }

    @Test("A stale postmaster.pid whose number belongs to a living stranger does not prevent the start")
    func stalePidFile() async throws {
        try await ServerFixture.withDirectory { fixture in
            let data = try await fixture.withServer { $0.dataDirectory }
            // A process of the server's own user is the case that PostgreSQL itself refuses.
            let account = try ServerAccount.resolve()
            let stranger = try await ChildProcess.spawn(account.launch("/bin/sleep", ["60"]))
            defer { stranger.send(SIGKILL) }
            let file = "\(data)/postmaster.pid"
            try "\(stranger.processIdentifier)\n\(data)\n1700000000\n5432\n/tmp\n\n  123 456\nready   \n"
                .write(toFile: file, atomically: false, encoding: .utf8)
            account.own(file)
            try await fixture.withServer { running in
                try await ServerFixture.expect("select 1", running.superuserURL, gives: "1")
            }
            #expect(stranger.exit == nil)
        }
    }

    @Test("Two servers in one directory: the second is refused in one line that names the first")
    func twoAtOnce() async throws {
        try await ServerFixture.withDirectory { fixture in
            try await fixture.withServer { _ in
                let expected = EmbeddedPostgresError.inUse(directory: fixture.directory, processIdentifier: "\(getpid())")
                await #expect(throws: expected) { try await fixture.postgres().start() }
                #expect("\(expected)" == "\(fixture.directory) is in use by a running maitre (process \(getpid()))")
            }
            // The refused start has not spoilt anything.
            try await fixture.withServer { _ in }
        }
    }

    @Test("J1: a taken port is one clear line, and the directory is free again")
    func takenPort() async throws {
        try await ServerFixture.withDirectory { fixture in
            try await ServerFixture.withDirectory { other in
                try await other.withServer(tcp: .loopback(port: 0)) { running in
                    let port = try #require(running.tcpPort)
                    await #expect(throws: EmbeddedPostgresError.portTaken(port)) {
                        try await fixture.postgres(tcp: .loopback(port: port)).start()
                    }
                }
            }
            try await fixture.withServer { _ in }
        }
    }

    @Test("A bad setting is reported with PostgreSQL's own words")
    func badSetting() async throws {
        try await ServerFixture.withDirectory { fixture in
            let error = await #expect(throws: EmbeddedPostgresError.self) {
                try await fixture.postgres(settings: ["max_connections": "none"]).start()
            }
            let description = "\(try #require(error))"
            #expect(description.contains("max_connections"))
        }
    }

    @Test("Data whose password file is gone gets a new superuser password, and keeps its content")
    func lostPasswords() async throws {
        try await ServerFixture.withDirectory { fixture in
            try await fixture.withServer { running in
                try await ServerFixture.query("create table kept as select 42 as answer", running.superuserURL)
            }
            try FileManager.default.removeItem(atPath: "\(fixture.directory)/passwords.json")
            try await fixture.withServer { running in
                try await ServerFixture.expect("select answer from kept", running.superuserURL, gives: "42")
            }
        }
    }

    @Test("A creation that was interrupted is begun again")
    func interruptedCreation() async throws {
        try await ServerFixture.withDirectory { fixture in
            let half = "\(fixture.directory)/postgres.new"
            try FileManager.default.createDirectory(atPath: half, withIntermediateDirectories: true)
            try "15\n".write(toFile: "\(half)/PG_VERSION", atomically: false, encoding: .utf8)
            try await fixture.withServer { running in
                try await ServerFixture.expect("select 1", running.superuserURL, gives: "1")
            }
        }
    }

    @Test("A directory with a long path gets its sockets elsewhere")
    func longPath() async throws {
        try await ServerFixture.withDirectory { fixture in
            let long = "\(fixture.directory)/\(String(repeating: "long", count: 30))"
            let running = try await EmbeddedPostgres(directory: long, durable: false, logger: fixture.logger).start()
            #expect(running.socketDirectory.utf8.count <= ServerDirectories.longestSocketDirectory)
            let answer = try await ServerFixture.query("select 1", running.superuserURL)
            await running.discard()
            #expect(answer == "1")
            #expect(!FileManager.default.fileExists(atPath: running.socketDirectory))
        }
    }

    @Test("A directory that the server's account cannot reach keeps its data under /var/lib/maitre", .enabled(if: geteuid() == 0))
    func unreachableDirectory() async throws {
        try await ServerFixture.withDirectory { fixture in
            let closed = "\(fixture.directory)/closed"
            try FileManager.default.createDirectory(
                atPath: closed,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700]
            )
            let running = try await EmbeddedPostgres(directory: "\(closed)/state", durable: false, logger: fixture.logger).start()
            let answer = try await ServerFixture.query("select 1", running.superuserURL)
            await running.discard()
            #expect(answer == "1")
            #expect(running.dataDirectory.hasPrefix("/var/lib/maitre/"))
            #expect(!FileManager.default.fileExists(atPath: running.dataDirectory))
        }
    }
}
