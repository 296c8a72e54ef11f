import Core

/// Where a provider's number leads.
struct ChannelRoute: Sendable, Equatable {
    let numberID: String
    let merchant: MerchantID
    let channel: ChannelID
    /// The Meta app that signs its webhooks.
    let metaApp: MetaAppID?
}
