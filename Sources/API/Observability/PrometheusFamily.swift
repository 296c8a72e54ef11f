/// What a metric counts. A timer is a histogram of seconds.
enum PrometheusKind: Hashable, Sendable {
    case counter, gauge, histogram, timer

    /// The kind's name in the text format.
    var exposed: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram, .timer: "histogram"
        }
    }
}

/// All series of one name, by their rendered labels.
struct PrometheusFamily: Sendable {
    let name: String
    let kind: PrometheusKind
    var series: [String: any PrometheusSeries] = [:]
}

struct PrometheusLabel: Hashable, Sendable {
    let name: String
    let value: String
}

/// The values of one name and one set of labels.
protocol PrometheusSeries: AnyObject, Sendable {
    func write(_ name: String, _ labels: String, to text: inout PrometheusText)
}
