import Metrics
import Synchronization

/// Collects every metric of the process and writes them in Prometheus' text format (0.0.4).
///
/// A back end of swift-metrics. Recording a value is a few atomic instructions on a handler that its owner keeps; asking for a handler again
/// with the same name and labels gives the same one, under a lock.
///
/// Names and label names are made legal (`hb.requests` → `hb_requests_total`), label values are escaped. A name keeps the kind of its first
/// use; a metric that asks for another kind is counted in `maitre_metrics_rejected_total` and not shown. A name has at most ``seriesLimit``
/// sets of labels: what comes after is added up in one with the value `other` in every label, since a series per visitor would end the
/// process and the Prometheus server with it.
public final class PrometheusRegistry: MetricsFactory, Sendable {
    /// Upper bounds in seconds, for requests and jobs.
    public static let standardBuckets: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

    /// Media type of ``render()``.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The most sets of labels of one name.
    public let seriesLimit: Int

    private let help: [String: String]
    private let buckets: [String: [Double]]
    private let state = Mutex(State())

    private struct State {
        var families: [String: PrometheusFamily] = [:]
        /// Handlers by what they were asked for with, so that asking again needs no rendering of labels.
        var asked: [Request: any PrometheusSeries] = [:]
        var rejected: Int64 = 0
    }

    private struct Request: Hashable {
        let kind: PrometheusKind
        let label: String
        let dimensions: [PrometheusLabel]
    }

    /// - Parameters:
    ///   - help: texts by the metric's final name.
    ///   - buckets: upper bounds by the metric's final name, ascending, for histograms that are not well served by ``standardBuckets``.
    public init(help: [String: String] = [:], buckets: [String: [Double]] = [:], seriesLimit: Int = 1000) {
        self.help = help
        self.buckets = buckets
        self.seriesLimit = seriesLimit
    }

    /// All metrics, sorted by name and labels, as UTF-8.
    public func render() -> [UInt8] {
        // Copied under the lock, written outside it: a scrape must not hold up a request that needs a new handler.
        let (families, rejected) = state.withLock { (Array($0.families.values), $0.rejected) }
        var text = PrometheusText()
        for family in families.sorted(by: { $0.name < $1.name }) {
            text.family(family.name, family.kind, help: help[family.name])
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) { series.write(family.name, labels, to: &text) }
        }
        let name = "maitre_metrics_rejected_total"
        text.family(name, .counter, help: "Metrics not shown because their name belongs to another kind.")
        text.sample(name, "", Double(rejected))
        return text.bytes
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(.counter, label, dimensions, PrometheusCounter.init)
    }

    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        series(.counter, label, dimensions, PrometheusCounter.init)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(.gauge, label, dimensions, PrometheusGauge.init)
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return series(.gauge, label, dimensions, PrometheusGauge.init) }
        return histogram(.histogram, label, dimensions)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(.timer, label, dimensions)
    }

    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    private func histogram(_ kind: PrometheusKind, _ label: String, _ dimensions: [(String, String)]) -> PrometheusHistogram {
        let bounds = buckets[PrometheusText.name(label, kind)] ?? Self.standardBuckets
        return series(kind, label, dimensions) { PrometheusHistogram(bounds: bounds) }
    }

    private func series<Series: PrometheusSeries>(
        _ kind: PrometheusKind,
        _ label: String,
        _ dimensions: [(String, String)],
        _ make: () -> Series
    ) -> Series {
        let request = Request(kind: kind, label: label, dimensions: dimensions.map { PrometheusLabel(name: $0.0, value: $0.1) })
        return state.withLock { state in
            if let series = state.asked[request] as? Series { return series }
            let name = PrometheusText.name(label, kind)
            var family = state.families[name] ?? PrometheusFamily(name: name, kind: kind)
            guard family.kind.exposed == kind.exposed else {
                state.rejected += 1
                return make()
            }
            var labels = PrometheusText.labels(request.dimensions)
            let isNew = family.series[labels] == nil
            let isOverflow = isNew && family.series.count >= seriesLimit
            if isOverflow { labels = PrometheusText.labels(request.dimensions.map { PrometheusLabel(name: $0.name, value: "other") }) }
            let series = family.series[labels] as? Series ?? make()
            family.series[labels] = series
            state.families[name] = family
            // Requests that share the overflow series are not remembered: they are what has no limit.
            if !isOverflow { state.asked[request] = series }
            return series
        }
    }

    private func remove(_ handler: AnyObject) {
        state.withLock { state in
            state.asked = state.asked.filter { $0.value !== handler }
            for (name, var family) in state.families {
                guard let labels = family.series.first(where: { $0.value === handler })?.key else { continue }
                family.series[labels] = nil
                state.families[name] = family.series.isEmpty ? nil : family
            }
        }
    }
}
