import Core
import Postgres

/// The form in which hours are stored and in which the API shows them.
extension BusinessHours {
    public func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member(
                "weekly",
                array: { writer in
                    for opening in weekly {
                        writer.object { writer in
                            writer.member("day", opening.day.rawValue)
                            opening.hours.write(to: &writer)
                        }
                    }
                }
            )
            writer.member(
                "holidays",
                array: { writer in
                    for holiday in holidays {
                        writer.object { writer in
                            writer.member("date", holiday.date.iso8601)
                            writer.member("name", nullable: holiday.name)
                            writer.member("closed", holiday.hours == nil)
                            holiday.hours?.write(to: &writer)
                        }
                    }
                }
            )
        }
    }

    var stored: PostgresJSON {
        var writer = JSONWriter(reserving: 1024)
        write(to: &writer)
        return PostgresJSON(writer.bytes)
    }

    /// What this version wrote. An element that cannot be read is left out: the database holds only what was checked.
    init(stored: PostgresJSON) throws {
        let root = try JSONDocument(parsing: stored.bytes).root
        self.init(
            weekly: (root["weekly"]?.elements ?? []).compactMap { element in
                guard let day = element["day"]?.string.flatMap({ Day(rawValue: $0) }), let hours = Hours(element) else { return nil }
                return Opening(day: day, hours: hours)
            },
            holidays: (root["holidays"]?.elements ?? []).compactMap { element in
                guard let date = element["date"]?.string.flatMap({ CivilDate(iso8601: $0) }) else { return nil }
                return Holiday(date: date, name: element["name"]?.string, hours: Hours(element))
            }
        )
    }
}

extension BusinessHours.Hours {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("opens", opens.description)
        writer.member("closes", closes.description)
    }

    fileprivate init?(_ element: JSONElement) {
        guard let opens = element["opens"]?.string.flatMap({ BusinessHours.TimeOfDay($0) }),
            let closes = element["closes"]?.string.flatMap({ BusinessHours.TimeOfDay($0) })
        else { return nil }
        self.init(opens: opens, closes: closes)
    }
}

extension CivilDate {
    /// `2026-12-25`.
    public var iso8601: String {
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// Nil unless `text` is a day of the calendar in that form.
    public init?(iso8601 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return nil }
        let digits = [0, 1, 2, 3, 5, 6, 8, 9].map { Int64(bytes[$0]) - Int64(UInt8(ascii: "0")) }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let date = CivilDate(
            year: digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3],
            month: digits[4] * 10 + digits[5],
            day: digits[6] * 10 + digits[7]
        )
        guard (1...12).contains(date.month), (1...31).contains(date.day), CivilDate(unixDay: date.unixDay) == date else { return nil }
        self = date
    }
}
