import Core
import Foundation
import Logging
import Metrics

/// Says that a stored secret did not open where it is stored: somebody moved or changed it, or its key is gone. A line in the log, a metric and an audit
/// entry, none of them with anything of the secret.
public struct SecretAlarm: Sendable {
    private let trail: AuditTrail?
    private let logger: Logger
    private let metrics: any MetricsFactory

    /// - Parameter trail: nil where nobody writes the audit log.
    public init(trail: AuditTrail?, logger: Logger, metrics: any MetricsFactory = MetricsSystem.factory) {
        self.trail = trail
        self.logger = logger
        self.metrics = metrics
    }

    /// - Parameters:
    ///   - table: and `column`, `row`: where it is stored.
    ///   - merchant: whose it is; nil for the installation's.
    public func raise(_ failure: SecretBox.Failure, table: String, column: String, row: UUID, of merchant: MerchantID?) {
        var metadata: Logger.Metadata = [
            "table": "\(table)", "column": "\(column)", "row": "\(row.lowercased)", "reason": "\(failure.rawValue)",
        ]
        if let merchant { metadata["merchantId"] = "\(merchant)" }
        logger.error("A stored secret was refused", metadata: metadata)
        Counter(label: "maitre_secrets_refused_total", dimensions: [("table", table), ("reason", failure.rawValue)], factory: metrics)
            .increment()
        trail?.record(
            AuditEntry(
                action: .secretRefused,
                outcome: .refused,
                code: failure.rawValue,
                subject: AuditSubject(table, AuditSubjectID(row)),
                of: merchant,
                by: .system("secret box"),
                details: ["column": .text(column)]
            )
        )
    }
}
