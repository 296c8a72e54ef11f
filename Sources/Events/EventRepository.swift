import Core
import Postgres
import Tenancy

/// The outbox.
public struct EventRepository {
    private let tx: TenantTransaction

    public init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    public func append(_ event: Event) {
        tx.append(
            """
            insert into app.events (merchant_id, id, type, conversation_id, data)
            values (\(tx.merchant), \(EventID.new()), \(event.type.rawValue), \(event.conversation), \(event.data))
            """
        )
    }
}
