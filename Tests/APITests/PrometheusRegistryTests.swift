import Metrics
import Testing

@testable import API

@Suite("Prometheus registry")
struct PrometheusRegistryTests {
    static func text(_ registry: PrometheusRegistry) -> String { String(decoding: registry.render(), as: UTF8.self) }

    /// The series of one name.
    static func lines(_ registry: PrometheusRegistry, _ name: String) -> [String] {
        text(registry).split(separator: "\n").filter { $0.hasPrefix(name) }.map(String.init)
    }

    @Test("J3: the exposition, character by character")
    func golden() {
        let registry = PrometheusRegistry(
            help: ["hb_requests_total": "Requests.\nA backslash \\ and a \"quote\"."],
            buckets: ["maitre_message_send_seconds": [0.1, 1, 2.5]]
        )
        Counter(label: "hb.requests", dimensions: [("route", "/a\"b\\c\nd"), ("method", "GET")], factory: registry).increment(by: 3)
        FloatingPointCounter(label: "cost_total", factory: registry).increment(by: 1.25)
        Meter(label: "maitre_db_pool_in_use", dimensions: [("role", "tenant")], factory: registry).set(7)
        Gauge(label: "temperature", dimensions: [], factory: registry).record(-1.5)
        let timer = Timer(label: "maitre_message_send", dimensions: [("le", "x")], factory: registry)
        timer.recordMilliseconds(100)
        timer.recordSeconds(2)
        timer.recordSeconds(60)
        Recorder(label: "empty", dimensions: [], aggregate: false, factory: registry).record(Double.infinity)
        #expect(
            Self.text(registry) == #"""
                # TYPE cost_total counter
                cost_total 1.25
                # TYPE empty gauge
                empty +Inf
                # HELP hb_requests_total Requests.\nA backslash \\ and a "quote".
                # TYPE hb_requests_total counter
                hb_requests_total{method="GET",route="/a\"b\\c\nd"} 3
                # TYPE maitre_db_pool_in_use gauge
                maitre_db_pool_in_use{role="tenant"} 7
                # TYPE maitre_message_send_seconds histogram
                maitre_message_send_seconds_bucket{label_le="x",le="0.1"} 1
                maitre_message_send_seconds_bucket{label_le="x",le="1"} 1
                maitre_message_send_seconds_bucket{label_le="x",le="2.5"} 2
                maitre_message_send_seconds_bucket{label_le="x",le="+Inf"} 3
                maitre_message_send_seconds_sum{label_le="x"} 62.1
                maitre_message_send_seconds_count{label_le="x"} 3
                # TYPE temperature gauge
                temperature -1.5
                # HELP maitre_metrics_rejected_total Metrics not shown because their name belongs to another kind.
                # TYPE maitre_metrics_rejected_total counter
                maitre_metrics_rejected_total 0

                """#
        )
    }

    @Test("The same name and labels are the same series, in whatever order the labels come")
    func sameSeries() {
        let registry = PrometheusRegistry()
        Counter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "c", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
        Counter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        #expect(Self.lines(registry, "c_total") == ["c_total{a=\"1\",b=\"2\"} 3"])
    }

    @Test("Values recorded by many tasks at once are all there")
    func concurrent() async {
        let registry = PrometheusRegistry(buckets: ["t_seconds": [1]])
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for round in 0..<2000 {
                        // Handlers are asked for again and again, as a middleware does.
                        Counter(label: "c", dimensions: [("k", "\(round % 3)")], factory: registry).increment()
                        Timer(label: "t", factory: registry).recordSeconds(task.isMultiple(of: 2) ? 0.5 : 2)
                        Meter(label: "m", factory: registry).increment()
                    }
                }
            }
        }
        #expect(
            Self.lines(registry, "t_seconds") == [
                "t_seconds_bucket{le=\"1\"} 8000", "t_seconds_bucket{le=\"+Inf\"} 16000", "t_seconds_sum 20000", "t_seconds_count 16000",
            ]
        )
        #expect(Self.lines(registry, "c_total").compactMap { Int($0.split(separator: " ")[1]) }.reduce(0, +) == 16_000)
        #expect(Self.lines(registry, "m ") == ["m 16000"])
    }

    @Test("A name has a limited number of series; the rest is added up under 'other'")
    func seriesLimit() {
        let registry = PrometheusRegistry(seriesLimit: 3)
        for path in 0..<10 { Counter(label: "c", dimensions: [("path", "/\(path)"), ("m", "GET")], factory: registry).increment() }
        Counter(label: "c", dimensions: [("path", "/1"), ("m", "GET")], factory: registry).increment()
        #expect(
            Self.lines(registry, "c_total") == [
                "c_total{m=\"GET\",path=\"/0\"} 1", "c_total{m=\"GET\",path=\"/1\"} 2", "c_total{m=\"GET\",path=\"/2\"} 1",
                "c_total{m=\"other\",path=\"other\"} 7",
            ]
        )
    }

    @Test("A name keeps its first kind; another kind is counted and not shown")
    func kinds() {
        let registry = PrometheusRegistry()
        Counter(label: "x_total", factory: registry).increment()
        Meter(label: "x_total", factory: registry).set(99)
        #expect(Self.lines(registry, "x_total") == ["x_total 1"])
        #expect(Self.lines(registry, "maitre_metrics_rejected_total") == ["maitre_metrics_rejected_total 1"])
    }

    @Test("Counters do not go down, and take no nonsense")
    func monotonic() {
        let registry = PrometheusRegistry()
        let counter = registry.makeCounter(label: "c", dimensions: [])
        counter.increment(by: 5)
        counter.increment(by: -3)
        let floating = registry.makeFloatingPointCounter(label: "f", dimensions: [])
        floating.increment(by: .nan)
        floating.increment(by: .infinity)
        floating.increment(by: -1)
        floating.increment(by: 0.5)
        registry.makeRecorder(label: "h", dimensions: [], aggregate: true).record(Double.nan)
        #expect(Self.lines(registry, "c_total") == ["c_total 5"])
        #expect(Self.lines(registry, "f_total") == ["f_total 0.5"])
        #expect(Self.lines(registry, "h_count") == ["h_count 0"])
    }

    @Test("A destroyed metric goes, and can come again from zero")
    func destroy() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "c", dimensions: [("a", "1")], factory: registry)
        counter.increment()
        counter.destroy()
        #expect(Self.lines(registry, "c_total").isEmpty)
        Counter(label: "c", dimensions: [("a", "1")], factory: registry).increment()
        #expect(Self.lines(registry, "c_total") == ["c_total{a=\"1\"} 1"])
    }

    @Test(
        "Names become legal",
        arguments: [("http.route", "http_route"), ("9lives", "_9lives"), ("", "_"), ("a:b", "a:b"), ("naïve", "na_ve")]
    )
    func names(label: String, expected: String) {
        let registry = PrometheusRegistry()
        registry.makeMeter(label: label, dimensions: []).set(Int64(1))
        #expect(Self.lines(registry, expected) == ["\(expected) 1"])
    }
}
