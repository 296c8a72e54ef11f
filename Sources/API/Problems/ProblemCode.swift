import HTTPTypes

/// Every `code` of a problem document, with its status and title. The one catalogue: `openapi.yaml` lists the same, and a test compares them.
///
/// A code is never renamed or given another status within v1. Services name theirs in `DomainError.code`; one that is missing here falls back to the
/// code of its kind.
public enum ProblemCode: String, Sendable, CaseIterable {
    // 400: the request cannot be read.
    case malformedRequest = "malformed_request"
    case malformedJSON = "malformed_json"
    case bodyRequired = "body_required"
    case repeatedParameter = "repeated_parameter"
    case repeatedHeader = "repeated_header"
    case conflictingCredentials = "conflicting_credentials"
    case restaurantRequired = "restaurant_required"
    case invalidRestaurantID = "invalid_restaurant_id"
    case invalidCursor = "invalid_cursor"
    case idempotencyKeyRequired = "idempotency_key_required"
    case invalidIdempotencyKey = "invalid_idempotency_key"
    // 401: no or bad credential.
    case credentialRequired = "credential_required"
    case invalidCredential = "invalid_credential"
    case credentialInURL = "credential_in_url"
    case invalidSignature = "invalid_signature"
    case signatureExpired = "signature_expired"
    case loginFailed = "login_failed"
    case secondFactorRequired = "second_factor_required"
    case secondFactorFailed = "second_factor_failed"
    // 402
    case allowanceExhausted = "allowance_exhausted"
    // 403: known, not allowed.
    case forbidden
    case restaurantForbidden = "restaurant_forbidden"
    case merchantSuspended = "merchant_suspended"
    case merchantClosed = "merchant_closed"
    case crossSiteRequest = "cross_site_request"
    // 404, 405, 408
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case requestTimeout = "request_timeout"
    // 409: the state does not allow it.
    case conflict
    case serviceWindowClosed = "service_window_closed"
    case conversationClosed = "conversation_closed"
    case messageNotResendable = "message_not_resendable"
    case channelNotConnected = "channel_not_connected"
    case numberTaken = "number_taken"
    case lastOwner = "last_owner"
    case alreadyMember = "already_member"
    case limitReached = "limit_reached"
    case webhookReplayed = "webhook_replayed"
    case requestInProgress = "request_in_progress"
    // 410
    case positionGone = "position_gone"
    // 412, 413, 414, 415
    case versionMismatch = "version_mismatch"
    case bodyTooLarge = "body_too_large"
    case addressTooLong = "address_too_long"
    case unsupportedMediaType = "unsupported_media_type"
    case unsupportedContentEncoding = "unsupported_content_encoding"
    // 422: understood and wrong.
    case validationFailed = "validation_failed"
    case linkInvalid = "link_invalid"
    case idempotencyKeyReused = "idempotency_key_reused"
    // 424, 426, 428, 429, 431
    case providerRefused = "provider_refused"
    case upgradeRequired = "upgrade_required"
    case preconditionRequired = "precondition_required"
    case rateLimited = "rate_limited"
    case headersTooLarge = "headers_too_large"
    // 5xx
    case internalError = "internal_error"
    case notStored = "not_stored"
    case providerUnavailable = "provider_unavailable"
    case unavailable
    case deadlineExceeded = "deadline_exceeded"

    public var status: HTTPResponse.Status { entry.0 }

    /// Whether a credential was presented and is refused, in the sense of RFC 6750: a client that has another may try that one.
    var isAboutToken: Bool {
        switch self {
        case .credentialRequired, .loginFailed, .secondFactorRequired, .secondFactorFailed: false
        default: true
        }
    }

    /// Short, the same for every occurrence.
    public var title: String { entry.1 }

    private var entry: (HTTPResponse.Status, String) {
        switch self {
        case .malformedRequest: (.badRequest, "Malformed request")
        case .malformedJSON: (.badRequest, "Malformed JSON")
        case .bodyRequired: (.badRequest, "Body required")
        case .repeatedParameter: (.badRequest, "Repeated parameter")
        case .repeatedHeader: (.badRequest, "Repeated header")
        case .conflictingCredentials: (.badRequest, "More than one credential")
        case .restaurantRequired: (.badRequest, "Restaurant required")
        case .invalidRestaurantID: (.badRequest, "Invalid restaurant id")
        case .invalidCursor: (.badRequest, "Invalid cursor")
        case .idempotencyKeyRequired: (.badRequest, "Idempotency key required")
        case .invalidIdempotencyKey: (.badRequest, "Invalid idempotency key")
        case .credentialRequired: (.unauthorized, "Credential required")
        case .invalidCredential: (.unauthorized, "Invalid credential")
        case .credentialInURL: (.unauthorized, "Credential in URL")
        case .invalidSignature: (.unauthorized, "Invalid signature")
        case .signatureExpired: (.unauthorized, "Signature too old")
        case .loginFailed: (.unauthorized, "Login failed")
        case .secondFactorRequired: (.unauthorized, "Second factor required")
        case .secondFactorFailed: (.unauthorized, "Second factor failed")
        case .allowanceExhausted: (HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required"), "Allowance exhausted")
        case .forbidden: (.forbidden, "Not allowed")
        case .restaurantForbidden: (.forbidden, "Restaurant not accessible")
        case .merchantSuspended: (.forbidden, "Restaurant suspended")
        case .merchantClosed: (.forbidden, "Restaurant closed")
        case .crossSiteRequest: (.forbidden, "Request from another site")
        case .notFound: (.notFound, "Not found")
        case .methodNotAllowed: (.methodNotAllowed, "Method not allowed")
        case .requestTimeout: (.requestTimeout, "Request took too long to arrive")
        case .conflict: (.conflict, "Conflict")
        case .serviceWindowClosed: (.conflict, "Service window closed")
        case .conversationClosed: (.conflict, "Conversation closed")
        case .messageNotResendable: (.conflict, "Message not resendable")
        case .channelNotConnected: (.conflict, "Channel not connected")
        case .numberTaken: (.conflict, "Number already in use")
        case .lastOwner: (.conflict, "Last owner")
        case .alreadyMember: (.conflict, "Already a member")
        case .limitReached: (.conflict, "Limit reached")
        case .webhookReplayed: (.conflict, "Webhook sent again")
        case .requestInProgress: (.conflict, "Request in progress")
        case .positionGone: (.gone, "Position no longer kept")
        case .versionMismatch: (.preconditionFailed, "Version mismatch")
        case .bodyTooLarge: (.contentTooLarge, "Body too large")
        case .addressTooLong: (.uriTooLong, "Address too long")
        case .unsupportedMediaType: (.unsupportedMediaType, "Unsupported media type")
        case .unsupportedContentEncoding: (.unsupportedMediaType, "Unsupported content encoding")
        case .validationFailed: (.unprocessableContent, "Validation failed")
        case .linkInvalid: (.unprocessableContent, "Link no longer good")
        case .idempotencyKeyReused: (.unprocessableContent, "Idempotency key reused")
        case .providerRefused: (HTTPResponse.Status(code: 424, reasonPhrase: "Failed Dependency"), "Refused by the provider")
        case .upgradeRequired: (.upgradeRequired, "Upgrade required")
        case .preconditionRequired: (.preconditionRequired, "Precondition required")
        case .rateLimited: (.tooManyRequests, "Too many requests")
        case .headersTooLarge: (.requestHeaderFieldsTooLarge, "Header fields too large")
        case .internalError: (.internalServerError, "Internal error")
        case .notStored: (.internalServerError, "Not stored")
        case .providerUnavailable: (.badGateway, "Provider unavailable")
        case .unavailable: (.serviceUnavailable, "Temporarily unavailable")
        case .deadlineExceeded: (.serviceUnavailable, "Took too long to answer")
        }
    }
}
