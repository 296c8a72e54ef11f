/// The test of Mann and Whitney: does one of two samples tend to be larger? It looks at ranks only, so that a few samples that were held up say nothing.
public enum RankTest {
    /// Standard deviations by which the ranks of `one` lie above what they would be if both came from the same; below when negative. Beyond 4 it is
    /// chance once in 16,000 times.
    public static func deviation(_ one: [Double], _ other: [Double]) -> Double {
        let all = (one.map { ($0, true) } + other.map { ($0, false) }).sorted { $0.0 < $1.0 }
        var (ranks, ties, start) = (0.0, 0.0, 0)
        while start < all.count {
            var end = start
            while end < all.count, all[end].0 == all[start].0 { end += 1 }
            // Equal values share the ranks that they have together.
            let (rank, count) = (Double(start + end + 1) / 2, Double(end - start))
            ranks += rank * Double(all[start..<end].count { $0.1 })
            ties += count * count * count - count
            start = end
        }
        let (n, m) = (Double(one.count), Double(other.count))
        let total = n + m
        let variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
        guard variance > 0 else { return 0 }
        return (ranks - n * (n + 1) / 2 - n * m / 2) / variance.squareRoot()
    }
}
