import Core
import Testing

@testable import Tenancy

@Suite struct BusinessHoursTests {
    private static func opening(_ day: BusinessHours.Day, _ opens: String, _ closes: String) throws -> BusinessHours.Opening {
        BusinessHours.Opening(
            day: day,
            hours: .init(opens: try #require(.init(opens)), closes: try #require(.init(closes)))
        )
    }

    @Test("Times of day are four digits of a real time", arguments: ["", "9:00", "24:00", "12:60", "12-30", "１２:00", "12:3x", "-1:00"])
    func times(text: String) {
        #expect(BusinessHours.TimeOfDay(text) == nil)
    }

    @Test("Times are written as they were read")
    func roundTrip() throws {
        for text in ["00:00", "09:05", "10:00", "23:59"] { #expect(try #require(BusinessHours.TimeOfDay(text)).description == text) }
        for text in ["2026-12-25", "2028-02-29", "0001-01-01"] { #expect(try #require(CivilDate(iso8601: text)).iso8601 == text) }
        for text in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "20260101", "2026-01-32"] {
            #expect(CivilDate(iso8601: text) == nil)
        }
    }

    @Test("Intervals that touch are fine; those that overlap are not, whatever midnight or week lies between them")
    func overlaps() throws {
        let touching = [
            try Self.opening(.monday, "09:00", "12:00"), try Self.opening(.monday, "12:00", "09:00"),
            try Self.opening(.tuesday, "09:00", "10:00"),
            try Self.opening(.sunday, "22:00", "00:00"),
        ]
        #expect(BusinessHours.mistakes(in: touching) == [])
        let always = try BusinessHours.Day.allCases.map { try Self.opening($0, "06:00", "06:00") }
        #expect(BusinessHours.mistakes(in: always) == [])
        let pairs = [
            (try Self.opening(.monday, "09:00", "12:00"), try Self.opening(.monday, "11:59", "13:00")),
            (try Self.opening(.monday, "09:00", "12:00"), try Self.opening(.monday, "09:00", "12:00")),
            (try Self.opening(.monday, "22:00", "02:00"), try Self.opening(.tuesday, "01:59", "03:00")),
            (try Self.opening(.sunday, "22:00", "02:00"), try Self.opening(.monday, "01:59", "03:00")),
            (try Self.opening(.sunday, "08:00", "08:00"), try Self.opening(.monday, "07:00", "07:30")),
        ]
        for (one, other) in pairs {
            #expect(BusinessHours.mistakes(in: [one, other]).map(\.code) == ["overlap"])
            #expect(BusinessHours.mistakes(in: [other, one]).map(\.code) == ["overlap"])
        }
    }

    @Test("What is stored comes back")
    func stored() throws {
        let hours = BusinessHours(
            weekly: [try Self.opening(.friday, "13:00", "01:00")],
            holidays: [
                .init(date: try #require(CivilDate(iso8601: "2026-09-23")), name: "يوم", hours: nil),
                .init(
                    date: try #require(CivilDate(iso8601: "2026-12-25")),
                    name: nil,
                    hours: try Self.opening(.monday, "10:00", "12:00").hours
                ),
            ]
        )
        #expect(try BusinessHours(stored: hours.stored) == hours)
    }
}
