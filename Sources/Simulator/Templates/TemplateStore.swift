import Core

/// The templates of all business accounts.
struct TemplateStore: Sendable {
    static let limit = 6000

    private(set) var byID: [Int64: StoredTemplate] = [:]
    private(set) var order: [Int64] = []
    /// Above 2^53, so that a client that reads ids as floating-point numbers is found out.
    private var nextID: Int64 = 9_007_199_254_740_993

    /// Checks a definition and stores it as pending. Names are unique per language in an account.
    mutating func create(_ definition: JSONValue, wabaID: String, at now: Timestamp) throws(GraphError) -> StoredTemplate {
        let draft = try TemplateDefinition(json: definition)
        guard byID.count < Self.limit else {
            throw GraphError(code: 100, subcode: 2_388_019, details: "Message template limit reached.")
        }
        guard find(wabaID: wabaID, name: draft.name, language: draft.language) == nil else {
            throw GraphError(
                code: 100,
                subcode: 2_388_024,
                details: "There is already content in this language for the template \(draft.name)."
            )
        }
        let template = StoredTemplate(
            id: nextID,
            wabaID: wabaID,
            name: draft.name,
            language: draft.language,
            category: draft.category,
            parameterFormat: draft.parameterFormat,
            components: draft.components,
            status: .pending,
            createdAt: now
        )
        nextID += 2
        byID[template.id] = template
        order.append(template.id)
        return template
    }

    func find(wabaID: String, name: String, language: String) -> StoredTemplate? {
        let wanted = StoredTemplate.normalised(language)
        return byID.values.first { $0.wabaID == wabaID && $0.name == name && StoredTemplate.normalised($0.language) == wanted }
    }

    func list(wabaID: String) -> [StoredTemplate] {
        order.compactMap { byID[$0] }.filter { $0.wabaID == wabaID }
    }

    @discardableResult
    mutating func set(_ status: StoredTemplate.Status, of id: Int64) -> StoredTemplate? {
        byID[id]?.status = status
        return byID[id]
    }

    mutating func edit(_ id: Int64, components: [JSONValue]) {
        byID[id]?.components = components
        byID[id]?.status = .pending
    }

    /// Deletes one language by id, or every language of a name. Returns what went.
    mutating func delete(wabaID: String, name: String, id: Int64?) -> [StoredTemplate] {
        let gone = byID.values.filter { $0.wabaID == wabaID && $0.name == name && (id == nil || $0.id == id) }
        for template in gone { byID[template.id] = nil }
        let ids = Set(gone.map(\.id))
        order.removeAll { ids.contains($0) }
        return gone
    }
}
