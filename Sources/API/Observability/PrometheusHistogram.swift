import Metrics
import Synchronization

/// Counts of values by upper bound, and their sum. A timer's values are seconds.
final class PrometheusHistogram: RecorderHandler, TimerHandler, PrometheusSeries {
    /// An atomic cannot be an array's element, but can be an object's.
    private final class Count: Sendable {
        let value = Atomic<UInt64>(0)
    }

    private let bounds: [Double]
    /// One for each bound, and one for what is above the last; not cumulative.
    private let counts: [Count]
    private let sum = AtomicDouble()

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = (0...bounds.count).map { _ in Count() }
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        counts[index].value.wrappingAdd(1, ordering: .relaxed)
        sum.add(value)
    }

    func recordNanoseconds(_ duration: Int64) {
        record(Double(duration) / 1e9)
    }

    func write(_ name: String, _ labels: String, to text: inout PrometheusText) {
        var total: UInt64 = 0
        for (index, count) in counts.enumerated() {
            total += count.value.load(ordering: .relaxed)
            let bound = index < bounds.count ? PrometheusText.number(bounds[index]) : "+Inf"
            text.sample("\(name)_bucket", PrometheusText.adding("le=\"\(bound)\"", to: labels), Double(total))
        }
        text.sample("\(name)_sum", labels, sum.load())
        // The sum of the buckets rather than a count of its own, which a value being recorded could make smaller than they are.
        text.sample("\(name)_count", labels, Double(total))
    }
}
