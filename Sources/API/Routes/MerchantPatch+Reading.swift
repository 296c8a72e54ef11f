import Core
import Foundation
import Tenancy

extension MerchantPatch {
    /// Reads `MerchantPatch` of `openapi.yaml`.
    static func read(_ fields: inout FieldReader, zones: Set<String>) throws -> MerchantPatch {
        let patch = MerchantPatch(
            name: fields.change("name", .name()),
            timeZone: fields.change("timeZone", .timeZone(among: zones)),
            locale: fields.change("locale", .language),
            currency: fields.change("currency", .currency),
            businessHours: fields.hours("businessHours")
        )
        let names = ["name", "timeZone", "locale", "currency", "businessHours"]
        guard names.contains(where: { fields.has($0) }) else {
            throw DomainError.invalid([.init(pointer: "", code: "too_few", message: "Name at least one field.")])
        }
        return patch
    }
}

extension FieldReader {
    /// Null is always open.
    fileprivate mutating func hours(_ name: String) -> MerchantPatch.Hours? {
        switch patch(name, .businessHours) {
        case .absent: nil
        case .null: .always
        case .value(let hours): .during(hours)
        }
    }
}

extension FieldRule<String> {
    /// A zone that PostgreSQL knows.
    static func timeZone(among zones: Set<String>) -> FieldRule {
        FieldRule.text(1...64).map(standIn: "", "This must be an IANA time zone such as Asia/Riyadh.") { zones.contains($0) ? $0 : nil }
    }

    /// A name for people, without white space around it: one line of at most so many code points (``NameText``).
    static func name(atMost length: Int = 120) -> FieldRule {
        let text = FieldRule.text(1...length)
        return FieldRule(standIn: "") { element, pointer, errors in
            guard let text = text.read(element, pointer, errors) else { return nil }
            guard NameText.hasOnlyNameCharacters(text) else {
                errors.add(pointer, "invalid_characters", "This is one line, without control characters.")
                return nil
            }
            let name = text.trimmingCharacters(in: .whitespaces)
            guard !name.isEmpty else {
                errors.add(pointer, "invalid_format", "This must have a character that can be seen.")
                return nil
            }
            return name
        }
    }

    static var language: FieldRule { .text(2...5).matching(/[a-z]{2}(-[A-Z]{2})?/, "This must be a language such as ar or en-GB.") }

    static var currency: FieldRule { .text(3...3).matching(/[A-Z]{3}/, "This must be an ISO 4217 code such as SAR.") }
}

extension FieldRule<BusinessHours> {
    /// `BusinessHours` of `openapi.yaml`, with every mistake in its elements and between them.
    static var businessHours: FieldRule {
        FieldRule(standIn: BusinessHours(weekly: [])) { element, pointer, errors in
            guard element.kind == .object else { return errors.wrongType(pointer, "an object") }
            var reader = FieldReader(element, at: pointer, errors)
            let weekly = reader.required("weekly", .elements(of: .opening, atMost: 28))
            let holidays = reader.optional("holidays", .elements(of: .holiday, atMost: BusinessHours.mostHolidays)) ?? []
            reader.finish()
            errors.add(BusinessHours.mistakes(in: weekly.map(\.value)), of: weekly.map(\.index), at: "\(pointer)/weekly")
            errors.add(BusinessHours.mistakes(in: holidays.map(\.value)), of: holidays.map(\.index), at: "\(pointer)/holidays")
            return BusinessHours(weekly: weekly.map(\.value), holidays: holidays.map(\.value))
        }
    }
}

extension FieldErrors {
    /// Mistakes between elements, of which only those that are well-formed were looked at.
    fileprivate func add(_ mistakes: [BusinessHours.Mistake], of places: [Int], at pointer: String) {
        for mistake in mistakes { add("\(pointer)/\(places[mistake.index])", mistake.code, mistake.message) }
    }
}

extension FieldRule {
    /// The well-formed elements of an array with their places; what is wrong with the others is noted.
    fileprivate static func elements<Element>(of rule: FieldRule<Element?>, atMost most: Int) -> FieldRule
    where Value == [(index: Int, value: Element)] {
        FieldRule(standIn: []) { array, pointer, errors in
            guard array.kind == .array else { return errors.wrongType(pointer, "an array") }
            let elements = array.elements
            guard elements.count <= most else {
                errors.add(pointer, "too_many", "This has at most \(most) elements.")
                return nil
            }
            return elements.enumerated().compactMap { index, element in
                rule.read(element, "\(pointer)/\(index)", errors).flatMap(\.self).map { (index, $0) }
            }
        }
    }
}

extension FieldRule<BusinessHours.Opening?> {
    fileprivate static var opening: FieldRule {
        FieldRule(standIn: nil) { element, pointer, errors in
            guard element.kind == .object else { return errors.wrongType(pointer, "an object") }
            var reader = FieldReader(element, at: pointer, errors)
            let before = errors.fields.count
            let day = reader.required("day", .oneOf(BusinessHours.Day.self))
            let opens = reader.required("opens", .timeOfDay)
            let closes = reader.required("closes", .timeOfDay)
            reader.finish()
            guard errors.fields.count == before, let opens, let closes else { return nil }
            return BusinessHours.Opening(day: day, hours: .init(opens: opens, closes: closes))
        }
    }
}

extension FieldRule<BusinessHours.Holiday?> {
    fileprivate static var holiday: FieldRule {
        FieldRule(standIn: nil) { element, pointer, errors in
            guard element.kind == .object else { return errors.wrongType(pointer, "an object") }
            var reader = FieldReader(element, at: pointer, errors)
            let before = errors.fields.count
            let date = reader.required("date", .day)
            let name = reader.optional("name", .name(atMost: 80))
            let isClosed = reader.optional("closed", .bool) ?? false
            let opens = reader.optional("opens", .timeOfDay) ?? nil
            let closes = reader.optional("closes", .timeOfDay) ?? nil
            reader.finish()
            guard errors.fields.count == before, let date else { return nil }
            switch (isClosed, opens, closes) {
            case (true, nil, nil): return BusinessHours.Holiday(date: date, name: name, hours: nil)
            case (false, let opens?, let closes?):
                return BusinessHours.Holiday(date: date, name: name, hours: .init(opens: opens, closes: closes))
            default:
                reader.reject("closed", "invalid_value", "A holiday is either closed or has both opens and closes.")
                return nil
            }
        }
    }
}

extension FieldRule<BusinessHours.TimeOfDay?> {
    fileprivate static var timeOfDay: FieldRule {
        FieldRule<String>.text(5...5).map(standIn: nil, "This must be a time of day from 00:00 to 23:59.") { text in
            BusinessHours.TimeOfDay(text).map { .some($0) }
        }
    }
}

extension FieldRule<CivilDate?> {
    fileprivate static var day: FieldRule {
        FieldRule<String>.text(10...10).map(standIn: nil, "This must be a day such as 2026-12-25.") { text in
            CivilDate(iso8601: text).map { .some($0) }
        }
    }
}
