import Core

/// Makes an outcome of an answer of the Cloud API.
enum MetaAnswer {
    /// - Parameters:
    ///   - retryAfter: the header's value, which Meta does not document but proxies send.
    ///   - expectsMessage: `markRead` is answered `{"success":true}`.
    static func outcome(status: Int, body: [UInt8], retryAfter: String?, attempt: Int, expectsMessage: Bool) -> SendOutcome {
        let root = (try? JSONDocument(parsing: body, options: .lenient, maxDepth: 64))?.root
        if let error = root?["error"], error.kind == .object {
            return refusal(error, status: status, retryAfter: retryAfter, attempt: attempt)
        }
        switch status {
        case 200..<300: return accepted(root, expectsMessage: expectsMessage)
        case 429:
            return rejected(status, .retry(after: seconds(retryAfter) ?? .seconds(30)))
        case 401, 403: return rejected(status, .stopChannel(reason: status == 401 ? .tokenInvalid : .permissionMissing))
        // The server gave up waiting for us: what it has read of the request, nobody knows.
        case 408, 500...: return .unknown(reason: "http_\(status)")
        // Redirects are not followed: the token would go with them.
        default: return rejected(status, .final)
        }
    }

    private static func accepted(_ root: JSONElement?, expectsMessage: Bool) -> SendOutcome {
        guard let root else { return .unknown(reason: "unreadable_answer") }
        guard expectsMessage else {
            return root["success"]?.bool == true
                ? .accepted(providerMessageID: "", recipientWaID: nil, recipientUserID: nil, held: false)
                : .unknown(reason: "unreadable_answer")
        }
        guard let message = root["messages"]?.elements.first, let id = message["id"]?.identifier(300) else {
            return .unknown(reason: "answer_without_id")
        }
        let contact = root["contacts"]?.elements.first
        return .accepted(
            providerMessageID: id,
            recipientWaID: contact?["wa_id"]?.identifier(64),
            recipientUserID: contact?["user_id"]?.identifier(160),
            held: message["message_status"]?.equals("held_for_quality_assessment") ?? false
        )
    }

    private static func refusal(_ error: JSONElement, status: Int, retryAfter: String?, attempt: Int) -> SendOutcome {
        let title = (error["error_user_title"] ?? error["message"])?.string?.limited(to: 300) ?? "HTTP \(status)"
        let details = (error["error_data"]?["details"] ?? error["error_user_msg"])?.string?.limited(to: 1000)
        guard let code = error["code"]?.int ?? error["code"]?.string.flatMap({ Int64($0) }) else {
            return outcomeWithoutCode(status, title, details, retryAfter)
        }
        guard var action = MetaErrorCode.action(code, attempt: attempt, isTransient: error["is_transient"]?.bool ?? false) else {
            // A code that nobody documents: a refusal below 500, and above it a server that may have done anything.
            return status >= 500 ? .unknown(reason: "error_\(code)") : outcomeWithoutCode(status, title, details, retryAfter, code: code)
        }
        if case .retry(let wait) = action, let asked = seconds(retryAfter) { action = .retry(after: max(wait, asked)) }
        return .rejected(ProviderFailure(code: code, title: title, details: details, action: action, hints: MetaErrorCode.hints(code)))
    }

    private static func outcomeWithoutCode(_ status: Int, _ title: String, _ details: String?, _ retryAfter: String?, code: Int64? = nil)
        -> SendOutcome
    {
        switch status {
        case 429:
            let wait = seconds(retryAfter) ?? .seconds(30)
            return .rejected(ProviderFailure(code: code, title: title, details: details, action: .retry(after: wait)))
        case 408, 500...: return .unknown(reason: "http_\(status)")
        default: return .rejected(ProviderFailure(code: code, title: title, details: details, action: .final))
        }
    }

    private static func rejected(_ status: Int, _ action: ProviderFailure.Action) -> SendOutcome {
        .rejected(ProviderFailure(code: nil, title: "HTTP \(status)", action: action))
    }

    /// `Retry-After` in seconds, up to a day.
    private static func seconds(_ header: String?) -> Duration? {
        guard let header, let seconds = Int64(header), (0...86_400).contains(seconds) else { return nil }
        return .seconds(seconds)
    }
}
