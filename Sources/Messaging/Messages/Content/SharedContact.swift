import Core

/// A contact card.
public struct SharedContact: Sendable, Hashable {
    /// An entry of a list: a number, a mail address, a postal address, a link. Only the fields of its list are filled.
    public typealias Entry = [String: String]

    /// Which spelling of the names to write.
    enum Names { case api, meta }

    /// The lists of a card, with what an entry may have; the first is required.
    private static let lists: [(name: String, fields: [String])] = [
        ("phones", ["phone", "type", "waId"]),
        ("emails", ["email", "type"]),
        ("addresses", ["street", "city", "state", "zip", "country", "countryCode", "type"]),
        ("urls", ["url", "type"]),
    ]
    private static let nameFields = ["formattedName", "firstName", "lastName", "middleName", "suffix", "prefix"]
    private static let organisationFields = ["company", "department", "title"]

    public let name: Entry
    public let phones: [Entry]
    public let emails: [Entry]
    public let addresses: [Entry]
    public let urls: [Entry]
    public let org: Entry?
    /// `YYYY-MM-DD`
    public let birthday: String?

    /// - Parameter phone: with `+` and country code.
    public init(formattedName: String, firstName: String, phone: String) {
        name = ["formattedName": formattedName, "firstName": firstName]
        phones = [["phone": phone]]
        (emails, addresses, urls, org, birthday) = ([], [], [], nil, nil)
    }

    init?(_ fields: JSONFields) {
        let name = fields.object("name") { name -> Entry? in
            let entry = Self.entry(name, Self.nameFields)
            if let entry, entry.count < 2 {
                name.note("firstName", "required", "Another part of the name is required beside formattedName.")
            }
            return entry
        }
        let lists = Self.lists.map { list in fields.objects(list.name, 1...20, optional: true) { Self.entry($0, list.fields) } ?? [] }
        (phones, emails, addresses, urls) = (lists[0], lists[1], lists[2], lists[3])
        org = fields.object("org", optional: true) { Self.entry($0, Self.organisationFields, firstRequired: false) }
        birthday = fields.string("birthday", 10...10, optional: true)
        if let birthday, Timestamp(rfc3339: birthday + "T00:00:00Z") == nil {
            fields.note("birthday", "invalid_value", "Must be a date such as 1990-01-31.")
        }
        guard let name else { return nil }
        self.name = name
    }

    private static func entry(_ fields: JSONFields, _ names: [String], firstRequired: Bool = true) -> Entry? {
        var entry: Entry = [:]
        for (index, name) in names.enumerated() {
            if let value = fields.string(name, 1...256, optional: index > 0 || !firstRequired) { entry[name] = value }
        }
        return names.first.map { !firstRequired || entry[$0] != nil } == true ? entry : nil
    }

    func write(to writer: inout JSONWriter, names: Names) {
        writer.object {
            Self.write(name, "name", Self.nameFields, &$0, names)
            for (list, entries) in zip(Self.lists, [phones, emails, addresses, urls]) where !entries.isEmpty {
                $0.key(list.name)
                $0.array {
                    for entry in entries { Self.write(entry, list.fields, &$0, names) }
                }
            }
            if let org { Self.write(org, "org", Self.organisationFields, &$0, names) }
            $0.member("birthday", ifPresent: birthday)
        }
    }

    private static func write(_ entry: Entry, _ member: String, _ fields: [String], _ writer: inout JSONWriter, _ names: Names) {
        writer.key(member)
        write(entry, fields, &writer, names)
    }

    private static func write(_ entry: Entry, _ fields: [String], _ writer: inout JSONWriter, _ names: Names) {
        writer.object {
            for field in fields {
                guard let value = entry[field] else { continue }
                $0.key(names == .api ? field : snakeCase(field))
                $0.string(value)
            }
        }
    }

    private static func snakeCase(_ name: String) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
    }
}
