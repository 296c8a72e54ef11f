import HTTPTypes

extension HTTPField.Name {
    public static let requestID = constant("X-Request-Id")
    public static let apiKey = constant("X-API-Key")
    public static let restaurantID = constant("X-Restaurant-Id")
    public static let idempotencyKey = constant("Idempotency-Key")
    public static let idempotentReplayed = constant("Idempotent-Replayed")
    static let lastEventID = constant("Last-Event-ID")
    static let xAccelBuffering = constant("X-Accel-Buffering")
    static let secFetchSite = constant("Sec-Fetch-Site")
    static let forwardedFor = constant("X-Forwarded-For")
    static let host = constant("Host")
    static let rateLimit = constant("RateLimit")
    static let referrerPolicy = constant("Referrer-Policy")
    static let rateLimitPolicy = constant("RateLimit-Policy")

    /// A literal of this file; `etag` would come back only if one of them were not a token, which a test would notice.
    private static func constant(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .eTag }
}
