import Core
import Postgres
import Tenancy

/// What outside bots told of orders, for the time when there are orders.
struct OutsideOrderRepository {
    private let tx: TenantTransaction

    init(_ tx: TenantTransaction) {
        self.tx = tx
    }

    /// Keeps an event as it came, once.
    func keep(_ event: OutsideEvent, order: String, payload: [UInt8], of channel: ChannelID) {
        tx.append(
            """
            insert into app.outside_orders (merchant_id, id, channel_id, type, event_id, order_id, payload, happened_at)
            values (\(tx.merchant), \(OutsideOrderID.new()), \(channel), \(event.kind.rawValue), \(event.id), \(order), \(payload), \(event.timestamp))
            on conflict on constraint outside_orders_event_key do nothing
            """
        )
    }
}
