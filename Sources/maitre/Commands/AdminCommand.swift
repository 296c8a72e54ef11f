import ArgumentParser
import Core
import Foundation
import Postgres
import Tenancy

/// `maitre admin`: what the first platform admin needs before anybody can log in.
struct AdminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin",
        abstract: "Makes platform keys, administrators, merchants and personal access tokens; rotates keys; limits queues.",
        subcommands: [
            CreateKey.self, CreateAdmin.self, CreateMerchant.self, CreatePAT.self, SetPassword.self, DisablePerson.self, RotateKeys.self,
            RotateSecrets.self, LimitQueue.self,
        ]
    )

    struct CreateKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a platform key and prints it, once.")

        @OptionGroup var options: ConfigurationOptions

        @Option(help: "What lists call it.", transform: AdminCommand.name)
        var name: String

        func run() async throws {
            try await AdminCommand.withNode(options) { node in
                print(try await node.credentials.createPlatformKey(name: name, by: .system("maitre admin create-key")).reveal())
            }
        }
    }

    struct CreateAdmin: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Invites a person to administer the installation and prints the link, once; it is good for 72 hours."
        )

        @OptionGroup var options: ConfigurationOptions

        @Option(help: "The person's e-mail address.") var email: String

        func run() async throws {
            try await AdminCommand.withNode(options) { node in
                let made = try await node.invitations.invite(email, to: nil, role: nil, by: .system("maitre admin create-admin"))
                print(made.link?.reveal() ?? "The link was sent to \(made.invitation.email).")
            }
        }
    }

    struct SetPassword: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sets a person's password, read from standard input: one line. Every session of the person ends."
        )

        @OptionGroup var options: ConfigurationOptions

        @Option(help: "The person's e-mail address.") var email: String

        func run() async throws {
            guard let password = readLine(strippingNewline: true) else { throw ValidationError("the password comes on standard input") }
            try await AdminCommand.withNode(options) { node in
                try await node.people.setPassword(password, email: email, by: .system("maitre admin set-password"))
            }
        }
    }

    struct DisablePerson: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes every way in from a person: sessions end, tokens are refused. Nothing is deleted."
        )

        @OptionGroup var options: ConfigurationOptions

        @Option(help: "The person's e-mail address.") var email: String
        @Flag(help: "Gives it back.") var undo = false

        func run() async throws {
            try await AdminCommand.withNode(options) { node in
                try await node.people.setDisabled(!undo, email: email, by: .system("maitre admin disable-person"))
            }
        }
    }

    struct RotateKeys: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a new key for access tokens. It signs from a minute on; older tokens stay good until they expire."
        )

        @OptionGroup var options: ConfigurationOptions

        @Flag(help: "For a key that leaked: the new key signs at once, and every token that others signed ends.")
        var immediately = false

        func run() async throws {
            try await AdminCommand.withNode(options) { node in
                print(try await node.keyRing.rotate(immediately: immediately, by: .system("maitre admin rotate-keys")))
            }
        }
    }

    struct CreateMerchant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a merchant and prints its id.")

        @OptionGroup var options: ConfigurationOptions

        @Option(transform: AdminCommand.name) var name: String
        @Option(help: "IANA zone: Asia/Riyadh.") var timeZone: String
        @Option(help: "Language: ar, en-GB.") var locale: String
        @Option(help: "ISO 4217: SAR.") var currency: String

        func run() async throws {
            try await AdminCommand.withNode(options) { node in
                let merchant = try await node.merchants.create(
                    MerchantIn(name: name, timeZone: timeZone, locale: locale, currency: currency),
                    by: .system("maitre admin create-merchant")
                )
                print(merchant.id)
            }
        }
    }

    struct CreatePAT: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create-pat",
            abstract: "Makes a personal access token for a person of a merchant and prints it, once."
        )

        @OptionGroup var options: ConfigurationOptions

        @Option(help: "The merchant's id.") var merchant: String
        @Option(help: "The person's e-mail address; the person is made when it is new.") var email: String
        @Option(help: "The person's name.", transform: AdminCommand.name) var name: String
        @Option(help: "owner, manager or agent.") var role: Role

        func run() async throws {
            guard let merchant = MerchantID(merchant) else { throw ValidationError("--merchant must be a UUID") }
            try await AdminCommand.withNode(options) { node in
                let person = try await node.people.ensureMember(email: email, name: name, of: merchant, role: role)
                let token = try await node.credentials.createPersonalAccessToken(
                    for: person,
                    name: "command line",
                    by: .system("maitre admin create-pat")
                )
                print(token.reveal())
            }
        }
    }

    struct RotateSecrets: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seals stored secrets with the current key-encryption key.",
            discussion:
                "Run it while the nodes work, when all of them have the new key and know the old one as a previous one. It may be repeated."
        )

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            try await AdminCommand.withNode(options) { node in
                let outcomes = try await node.rotation.run(by: .system("maitre admin rotate-secrets"))
                for outcome in outcomes {
                    print("\(outcome.table).\(outcome.column): \(outcome.sealed) sealed again, \(outcome.refused) refused")
                }
                guard outcomes.allSatisfy({ $0.refused == 0 }) else {
                    throw PlainFailure(
                        description: "Some secrets are opened by none of the configured keys; the log names them. Keep the old keys."
                    )
                }
            }
        }
    }

    /// A name as the API would take it.
    @Sendable private static func name(_ text: String) throws -> String {
        guard NameText.isName(text), text.unicodeScalars.count <= 120 else {
            throw ValidationError("a name is one line of at most 120 characters, one of which can be seen")
        }
        return text.trimmingCharacters(in: .whitespaces)
    }

    static func withNode(_ options: ConfigurationOptions, _ body: (APINode) async throws -> Void) async throws {
        let environment = try CommandEnvironment.load(options, requiring: NodeConfiguration.required)
        let configuration = try NodeConfiguration(environment.settings, for: .serving)
        let databases = Databases(configuration, purpose: "admin", logger: environment.logger)
        let result: Result<Void, any Error>
        do {
            try await PendingMigrations.refuse(databases.platform)
            let node = APINode(configuration, databases: databases, logger: environment.logger)
            do {
                try await body(node)
                await node.trail.drain()
            } catch {
                await node.trail.drain()
                throw error
            }
            result = .success(())
        } catch let error as DomainError {
            let fields = error.fields.map { "\($0.pointer.dropFirst()) \($0.message)" }.joined(separator: "; ")
            result = .failure(PlainFailure(description: fields.isEmpty ? error.message : fields))
        } catch {
            result = .failure(error)
        }
        // A connection that is still being opened when the process ends would meet a TLS library without its state.
        await databases.shutDown()
        try result.get()
    }
}

extension Role: ExpressibleByArgument {}
