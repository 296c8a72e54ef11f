import API

/// How long events are kept, and how many may watch.
struct EventSettings: Sendable {
    let days: Int
    let streams: EventStreamLimits

    init(_ reader: SettingsReader) {
        days = reader.int("events.days", default: 7, in: 1...366)
        var streams = EventStreamLimits()
        streams.perCredential = reader.int("events.streamsPerCredential", default: streams.perCredential, in: 1...100_000)
        streams.perMerchant = reader.int("events.streamsPerMerchant", default: streams.perMerchant, in: 1...1_000_000)
        self.streams = streams
    }
}
