/// Meta's Graph API.
struct MetaSettings: Sendable {
    /// Without a slash at its end; the simulator's address in development.
    let graphBaseURL: String
    /// As in the path: `v25.0`.
    let graphVersion: String

    init(_ reader: SettingsReader) {
        graphBaseURL = reader.webURL("meta.graphBaseUrl", default: "https://graph.facebook.com")
        graphVersion = reader.text("meta.graphVersion", default: "v25.0")
    }
}
