/// What live sockets may take of a node.
struct RealtimeSettings: Sendable {
    /// Open at once, of one person (or key) and of one restaurant; further ones are closed with 4429.
    let socketsPerPerson: Int
    let socketsPerMerchant: Int

    init(_ reader: SettingsReader) {
        socketsPerPerson = reader.int("realtime.socketsPerPerson", default: 20, in: 1...10_000)
        socketsPerMerchant = reader.int("realtime.socketsPerMerchant", default: 500, in: 1...100_000)
    }
}
