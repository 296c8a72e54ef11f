import Core
import Foundation
import Testing

@testable import Tenancy

/// A9: counting on one node, without a database.
@Suite struct RateCountsTests {
    private static let start = Timestamp(unixSeconds: 1_800_000_000)
    private static let (mine, other) = (MerchantID(.v7()), MerchantID(.v7()))
    private let key = RateSubject.credential(CredentialID(.v7()))

    @Test("A9: as many requests as the limit says go on, the next does not, and in the next window all is new")
    func windows() {
        var counts = RateCounts(limits: RateLimits(credential: 3), capacity: 10)
        for remaining in [2, 1, 0] {
            let decision = counts.take([key], at: Self.start + .seconds(20))
            #expect(!decision.isRefused)
            #expect(decision.quotas == [RateQuota(kind: .credential, limit: 3, remaining: remaining)])
            #expect(decision.resetsIn == 40)
        }
        let refused = counts.take([key], at: Self.start + .milliseconds(59_999))
        #expect(refused.isRefused)
        #expect(refused.resetsIn == 1)
        let next = counts.take([key], at: Self.start + .seconds(60))
        #expect(!next.isRefused)
        #expect(next.resetsIn == 60)
        #expect(next.quotas.first?.remaining == 2)
    }

    @Test("A9: a clock corrected by a moment at a border begins no window again; one that is set back does")
    func border() {
        var counts = RateCounts(limits: RateLimits(credential: 2), capacity: 10)
        let border = Self.start + .seconds(60)
        for _ in 0..<2 { _ = counts.take([key], at: border) }
        let before = counts.take([key], at: border - .milliseconds(3))
        #expect(before.isRefused)
        #expect(before.resetsIn == 60)
        let after = counts.take([key], at: border + .milliseconds(1))
        #expect(after.isRefused)
        let earlier = counts.take([key], at: border - .seconds(3600))
        #expect(!earlier.isRefused)
    }

    @Test("A9: a limit of 0 is none, and costs no memory")
    func off() {
        var counts = RateCounts(limits: RateLimits(address: 1), capacity: 10)
        for _ in 0..<100 {
            let decision = counts.take([key, .merchant(Self.mine)], at: Self.start)
            #expect(!decision.isRefused)
            #expect(decision.quotas.isEmpty)
        }
        #expect(counts.count == 0)
        #expect(RateLimits.off.isOff)
        #expect(!RateLimits(address: 1).isOff)
    }

    @Test("A9: a request that one limit refuses is counted by none")
    func together() {
        var counts = RateCounts(limits: RateLimits(credential: 10, merchant: 2), capacity: 10)
        for _ in 0..<5 { _ = counts.take([key, .merchant(Self.mine)], at: Self.start) }
        let refused = counts.take([key, .merchant(Self.mine)], at: Self.start)
        #expect(refused.isRefused)
        #expect(refused.quotas.map(\.remaining) == [8, 0])
        let elsewhere = counts.take([key, .merchant(Self.other)], at: Self.start)
        #expect(!elsewhere.isRefused)
        #expect(elsewhere.quotas.map(\.remaining) == [7, 1])
    }

    @Test("A12: one and the same text as address, credential and merchant is counted apart, here and in the database")
    func kinds() {
        let credential = CredentialID(.v7())
        let subjects: [RateSubject] = [
            .credential(credential), .merchant(MerchantID(credential.uuid)), .address(credential.description),
        ]
        #expect(Set(subjects.map(\.key)).count == 3)
        #expect(subjects.allSatisfy { $0.key.count == 32 })
        var counts = RateCounts(limits: RateLimits(credential: 1, merchant: 1, address: 1), capacity: 10)
        for subject in subjects {
            let (first, second) = (counts.take([subject], at: Self.start), counts.take([subject], at: Self.start))
            #expect(!first.isRefused && second.isRefused)
        }
    }

    @Test("A9: a flood from ever new addresses takes bounded memory, forgets none that is busy, and no credential")
    func capacity() {
        var counts = RateCounts(limits: RateLimits(credential: 5, address: 5), capacity: 100)
        for _ in 0..<5 { _ = counts.take([key], at: Self.start) }
        for _ in 0..<5 { _ = counts.take([.address("busy")], at: Self.start) }
        for number in 0..<10_000 {
            _ = counts.take([.address("\(number)")], at: Self.start)
            #expect(counts.count <= 101)
        }
        let (busy, credential) = (counts.take([.address("busy")], at: Self.start), counts.take([key], at: Self.start))
        #expect(busy.isRefused && credential.isRefused)
    }

    @Test("A9: a report has what is new, the largest first; what was dropped meanwhile is not mixed up with what came back")
    func reports() throws {
        var counts = RateCounts(limits: RateLimits(address: 100), capacity: 2)
        let (a, b, c) = (RateSubject.address("a"), RateSubject.address("b"), RateSubject.address("c"))
        for subject in [a, b, b, b] { _ = counts.take([subject], at: Self.start) }
        let firstReport = counts.report(atMost: 1, at: Self.start)
        let first = try #require(firstReport)
        #expect(first.windowStart == Self.start)
        #expect(first.lines.map(\.subject) == [b])
        #expect(first.lines.map(\.count) == [3])
        counts.reported(first, totals: [b.key: 50])
        let afterwards = counts.take([b], at: Self.start)
        #expect(afterwards.quotas.first?.remaining == 49, "47 of other nodes, 4 of this one")

        let secondReport = counts.report(atMost: 10, at: Self.start)
        let second = try #require(secondReport)
        #expect(Set(second.lines.map(\.subject)) == [a, b])
        // Drops `a`, the least, which then comes back as a new entry.
        for subject in [c, a] { _ = counts.take([subject], at: Self.start) }
        counts.reported(second, totals: [a.key: 1, b.key: 51])
        let thirdReport = counts.report(atMost: 10, at: Self.start)
        let third = try #require(thirdReport)
        #expect(third.lines.first { $0.subject == a }?.count == 1)
        #expect(!third.lines.contains { $0.subject == b && $0.count != 0 })
    }

    @Test("A9: an answer of the database about a window that is over changes nothing")
    func late() throws {
        var counts = RateCounts(limits: RateLimits(credential: 10), capacity: 10)
        _ = counts.take([key], at: Self.start)
        let made = counts.report(atMost: 10, at: Self.start)
        let report = try #require(made)
        _ = counts.take([key], at: Self.start + .seconds(60))
        counts.reported(report, totals: [key.key: 9])
        let decision = counts.take([key], at: Self.start + .seconds(60))
        #expect(decision.quotas.first?.remaining == 8)
        let over = counts.report(atMost: 10, at: Self.start + .seconds(120))
        #expect(over == nil)
    }
}
