import Core
import Crypto

/// Takes a webhook of Meta apart (`providers.md` A4–A8): one POST may carry several accounts, numbers and up to a thousand updates.
///
/// Nothing is dropped and nothing traps: what has not the expected form becomes an update of kind `unknown` with its raw bytes.
public enum MetaWebhook {
    /// Parses a body whose signature is verified.
    public static func document(_ body: [UInt8]) throws(JSONSyntaxError) -> JSONDocument {
        // Deeper than anything Meta sends, and still cheap: a webhook must not be lost over a bracket.
        try JSONDocument(parsing: body, options: .lenient, maxDepth: 256)
    }

    public static func split(_ document: JSONDocument) -> [MetaUpdate] {
        var updates: [MetaUpdate] = []
        let entries = document.root["entry"]?.elements ?? []
        for entry in entries {
            let changes = entry["changes"]?.elements ?? []
            let place = MetaChange.Place(entry: entry)
            for change in changes { MetaChange(change, at: place).append(to: &updates) }
            if changes.isEmpty { updates.append(MetaChange.unknown(entry, at: place)) }
        }
        if entries.isEmpty { updates.append(MetaChange.unknown(document.root, at: MetaChange.Place(entry: nil))) }
        return updates
    }

    /// The numbers that a webhook is about, each once, at most as many as a webhook has updates (1000): whose app's secret must have signed it. It is
    /// asked before anything is verified, so it must stay cheap whatever was sent.
    public static func phoneNumberIDs(in document: JSONDocument) -> [String] {
        var ids: [String] = []
        var known: Set<String> = []
        for entry in document.root["entry"]?.elements ?? [] {
            for change in entry["changes"]?.elements ?? [] {
                guard let id = change["value"]?["metadata"]?["phone_number_id"]?.identifier(64), known.insert(id).inserted else { continue }
                ids.append(id)
                if ids.count == 1000 { return ids }
            }
        }
        return ids
    }

    /// The business accounts that a webhook is about, each once: news about templates and accounts names no number.
    public static func wabaIDs(in document: JSONDocument) -> [String] {
        var ids: [String] = []
        for entry in document.root["entry"]?.elements ?? [] {
            guard let id = entry["id"]?.identifier(64), !ids.contains(id) else { continue }
            ids.append(id)
        }
        return ids
    }
}

extension MetaUpdate {
    /// See `MetaWebhook.phoneNumberIDs(in:)`.
    public static func phoneNumberIDs(in document: JSONDocument) -> [String] { MetaWebhook.phoneNumberIDs(in: document) }
}

extension JSONElement {
    /// An id: a string of at most `limit` characters, not empty, or a number as it is written; otherwise nil.
    func identifier(_ limit: Int) -> String? {
        let text: String?
        switch kind {
        case .string: text = string
        case .number: text = rawText
        default: text = nil
        }
        guard let text, !text.isEmpty else { return nil }
        return text.utf8.count <= limit || text.unicodeScalars.count <= limit ? text : nil
    }

    /// A moment in Unix seconds, as Meta's strings or as a number.
    var unixTime: Timestamp? {
        guard let seconds = int ?? string.flatMap({ Int64($0) }), seconds > 0 else { return nil }
        return Timestamp(unixSeconds: seconds)
    }
}
