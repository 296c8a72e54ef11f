import Core
import Postgres

/// When a restaurant is open: intervals of each weekday, and days that are different. Times are the restaurant's own.
public struct BusinessHours: Sendable, Equatable {
    public enum Day: String, Sendable, CaseIterable {
        case monday, tuesday, wednesday, thursday, friday, saturday, sunday
    }

    /// A time of day: `23:30`.
    public struct TimeOfDay: Sendable, Hashable, CustomStringConvertible {
        /// Since midnight.
        public let minutes: Int

        /// Nil unless `text` is two digits from 00 to 23, a colon, and two from 00 to 59.
        public init?(_ text: String) {
            let bytes = Array(text.utf8)
            guard bytes.count == 5, bytes[2] == UInt8(ascii: ":") else { return nil }
            let digits = [0, 1, 3, 4].map { Int(bytes[$0]) - Int(UInt8(ascii: "0")) }
            guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
            let (hours, minutes) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
            guard hours < 24, minutes < 60 else { return nil }
            self.minutes = hours * 60 + minutes
        }

        public var description: String {
            "\(minutes < 600 ? "0" : "")\(minutes / 60):\(minutes % 60 < 10 ? "0" : "")\(minutes % 60)"
        }
    }

    /// From `opens` until `closes`; when that is not later, until then on the next day.
    public struct Hours: Sendable, Hashable {
        public let opens: TimeOfDay
        public let closes: TimeOfDay

        public init(opens: TimeOfDay, closes: TimeOfDay) {
            self.opens = opens
            self.closes = closes
        }

        /// In minutes; a whole day when both times are the same.
        var length: Int {
            let difference = closes.minutes - opens.minutes
            return difference > 0 ? difference : difference + Self.day
        }

        fileprivate static let day = 24 * 60
    }

    public struct Opening: Sendable, Hashable {
        public let day: Day
        public let hours: Hours

        public init(day: Day, hours: Hours) {
            self.day = day
            self.hours = hours
        }

        /// Minutes since Monday's midnight.
        fileprivate var start: Int { (Day.allCases.firstIndex(of: day) ?? 0) * Hours.day + hours.opens.minutes }
    }

    /// One day that is not like its weekday.
    public struct Holiday: Sendable, Hashable {
        public let date: CivilDate
        public let name: String?
        /// Nil: closed.
        public let hours: Hours?

        public init(date: CivilDate, name: String?, hours: Hours?) {
            self.date = date
            self.name = name
            self.hours = hours
        }
    }

    /// A rule that the elements break together.
    public struct Mistake: Sendable, Equatable {
        /// Of the element, among those that were given.
        public let index: Int
        public let code: String
        public let message: String
    }

    public static let mostADay = 4
    public static let mostHolidays = 366

    public var weekly: [Opening]
    public var holidays: [Holiday]

    public init(weekly: [Opening], holidays: [Holiday] = []) {
        self.weekly = weekly
        self.holidays = holidays
    }

    /// What is wrong with openings that are each well-formed: more than four a day, or two at the same time, also over midnight and over the week's end.
    public static func mistakes(in weekly: [Opening]) -> [Mistake] {
        let week = Hours.day * Day.allCases.count
        var mistakes: [Mistake] = []
        var ofDay: [Day: Int] = [:]
        for (index, opening) in weekly.enumerated() {
            ofDay[opening.day, default: 0] += 1
            if ofDay[opening.day] == mostADay + 1 {
                mistakes.append(Mistake(index: index, code: "too_many", message: "A day has at most \(mostADay) intervals."))
            }
            let overlaps = weekly[..<index].contains { earlier in
                let distance = (opening.start - earlier.start + week) % week
                return distance < earlier.hours.length || (distance > 0 && week - distance < opening.hours.length)
            }
            if overlaps { mistakes.append(Mistake(index: index, code: "overlap", message: "This overlaps with an earlier interval.")) }
        }
        return mistakes
    }

    /// What is wrong with holidays that are each well-formed: a date that comes twice.
    public static func mistakes(in holidays: [Holiday]) -> [Mistake] {
        var seen: Set<CivilDate> = []
        return holidays.enumerated().compactMap { index, holiday in
            seen.insert(holiday.date).inserted ? nil : Mistake(index: index, code: "repeated", message: "This date was given before.")
        }
    }
}
