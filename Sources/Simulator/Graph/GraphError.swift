import Foundation

/// An error in Meta's shape (A12).
struct GraphError: Error, Sendable, Equatable {
    let code: Int
    let subcode: Int?
    let status: Int
    let message: String
    /// `error_data.details`: the sentence that says what is wrong with this request.
    let details: String?

    init(code: Int, subcode: Int? = nil, message: String? = nil, details: String? = nil) {
        let known = Self.known[code]
        self.code = code
        self.subcode = subcode
        self.status = known?.status ?? 400
        self.message = message ?? known.map { "(#\(code)) \($0.message)" } ?? "(#\(code)) Unknown error"
        self.details = details
    }

    /// The title without the code, as in webhooks.
    var title: String { Self.known[code]?.message ?? "Unknown error" }

    /// `{"error":{…}}` as the Graph API answers.
    func json(trace: String) -> JSONValue {
        [
            "error": [
                "message": .string(message),
                "type": "OAuthException",
                "code": .int(code),
                "error_subcode": subcode.map { .int($0) },
                "error_data": details.map { ["messaging_product": "whatsapp", "details": .string($0)] },
                "fbtrace_id": .string(trace),
            ]
        ]
    }

    /// An element of `errors[]` in webhooks.
    var webhookJSON: JSONValue {
        [
            "code": .int(code), "title": .string(title), "message": .string(title),
            "error_data": ["details": .string(details ?? Self.defaultDetails[code] ?? title)],
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        ]
    }

    // MARK: The ones used often

    static func missing(_ parameter: String) -> GraphError {
        GraphError(code: 131_008, details: "Required parameter is missing: \(parameter)")
    }

    static func invalid(_ details: String) -> GraphError {
        GraphError(code: 131_009, details: details)
    }

    static func parameter(_ message: String) -> GraphError {
        GraphError(code: 100, message: "(#100) \(message)", details: message)
    }

    static let badToken = GraphError(
        code: 190,
        subcode: 463,
        message: "Error validating access token: Session has expired."
    )

    /// What Graph says about objects that are not there or not the token's.
    static func unknownObject(_ id: String, method: String) -> GraphError {
        GraphError(
            code: 100,
            subcode: 33,
            message:
                "Unsupported \(method) request. Object with ID '\(id)' does not exist, cannot be loaded due to missing permissions, or does not support this operation."
        )
    }

    private static let defaultDetails: [Int: String] = [
        131_026: "Message Undeliverable.",
        131_047: "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
        131_056:
            "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.",
        131_053: "Media upload error.",
    ]

    private static let known: [Int: (status: Int, message: String)] = [
        0: (401, "AuthException"),
        1: (400, "API Unknown"),
        2: (503, "API Service"),
        3: (500, "API Method"),
        4: (400, "API Too Many Calls"),
        10: (403, "Permission Denied"),
        33: (400, "Parameter value is not valid"),
        100: (400, "Invalid parameter"),
        190: (401, "Access token has expired"),
        200: (403, "API Permission"),
        368: (403, "Temporarily blocked for policies violations"),
        2200: (400, "Callback verification failed"),
        80_007: (400, "Rate limit issues"),
        130_429: (400, "Rate limit hit"),
        130_472: (400, "User's number is part of an experiment"),
        130_497: (403, "Business account is restricted from messaging users in this country."),
        131_000: (500, "Something went wrong"),
        131_005: (403, "Access denied"),
        131_008: (400, "Required parameter is missing"),
        131_009: (400, "Parameter value is not valid"),
        131_016: (500, "Service unavailable"),
        131_021: (400, "Recipient cannot be sender"),
        131_026: (400, "Message undeliverable"),
        131_030: (400, "Recipient phone number not in allowed list"),
        131_031: (403, "Business Account locked"),
        131_037: (400, "Display name not approved"),
        131_042: (400, "Business eligibility payment issue"),
        131_045: (500, "Incorrect certificate"),
        131_047: (400, "Re-engagement message"),
        131_048: (400, "Spam rate limit hit"),
        131_049: (400, "This message was not delivered to maintain healthy ecosystem engagement."),
        131_050: (400, "User has stopped receiving marketing messages"),
        131_051: (400, "Unsupported message type"),
        131_052: (400, "Media download error"),
        131_053: (400, "Media upload error"),
        131_055: (400, "Method not allowed"),
        131_056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
        131_057: (500, "Account in maintenance mode"),
        131_059: (400, "Invalid cursor"),
        131_062: (400, "Business-scoped user id not allowed"),
        132_000: (400, "Number of parameters does not match the expected number of params"),
        132_001: (404, "Template name does not exist in the translation"),
        132_005: (400, "Template hydrated text too long"),
        132_007: (400, "Template format character policy violated"),
        132_008: (400, "Template parameter value is not valid"),
        132_012: (400, "Template parameter format mismatch"),
        132_015: (400, "Template is paused"),
        132_016: (400, "Template is disabled"),
        132_068: (400, "Flow is in blocked state"),
        132_069: (400, "Flow is in throttled state"),
        133_004: (503, "Server temporarily unavailable"),
        133_010: (400, "Phone number not registered"),
        133_016: (400, "Account register deregister rate limit exceeded"),
        135_000: (400, "Generic user error"),
    ]
}
