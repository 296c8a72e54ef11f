import Core
import HTTPTypes
import Hummingbird
import NIOCore
import Tenancy

/// What errors mean to a client. `nil` from a mapping passes the error on to the next.
///
/// Mappings of lower layers' own errors (the database's) are given by whoever assembles the API, so that this stays the only place that knows statuses.
public struct ProblemMapping: Sendable {
    private let others: [@Sendable (any Error) -> Problem?]

    public init(_ others: [@Sendable (any Error) -> Problem?] = []) {
        self.others = others
    }

    /// The problem for `error`; nil when nobody knows it, which makes it a 500 and a line in the log.
    public func problem(for error: any Error) -> Problem? {
        switch error {
        case let problem as Problem: return problem
        case let error as DomainError: return Problem(error)
        case let failure as AuthenticationFailure: return Problem(failure)
        case let error as JSONSyntaxError: return Problem(.malformedJSON, detail: "The body is not valid JSON: \(error).")
        case is NIOTooManyBytesError: return Problem(.bodyTooLarge)
        case is DecodingError: return Problem(.validationFailed)
        case is CancellationError: return Problem(.unavailable, detail: "The server is stopping; try again.")
        case let error as HTTPError: return Problem(error)
        default:
            for mapping in others {
                if let problem = mapping(error) { return problem }
            }
            return nil
        }
    }
}

extension Problem {
    init(_ error: DomainError) {
        var headers: HTTPFields = [:]
        // Whole seconds, rounded up: whoever waits as told is not too early.
        if let wait = error.retryAfter { headers[.retryAfter] = String(max(1, (wait.milliseconds + 999) / 1000)) }
        self.init(
            ProblemCode(rawValue: error.code) ?? ProblemCode(error.kind),
            detail: error.message,
            fields: error.fields,
            headers: headers,
            resetsAt: error.resetsAt
        )
    }

    init(_ failure: AuthenticationFailure) {
        switch failure {
        case .invalidCredential, .tokenReused: self.init(ProblemCode.invalidCredential)
        case .loginFailed: self.init(.loginFailed, detail: "E-mail address or password is wrong.")
        case .secondFactorRequired:
            self.init(.secondFactorRequired, detail: "Send the code of your authenticator application in totp, or a recoveryCode.")
        case .secondFactorFailed: self.init(.secondFactorFailed, detail: "The code is wrong or was used before.")
        case .throttled(let delay):
            self.init(
                .rateLimited,
                detail: "Too many attempts; try again later.",
                headers: [.retryAfter: String(delay.components.seconds + 1)]
            )
        case .restaurantForbidden: self.init(.restaurantForbidden, detail: "The credential has no such restaurant.")
        case .merchantSuspended: self.init(.merchantSuspended, detail: "The restaurant is suspended; ask whoever runs this installation.")
        case .merchantClosed: self.init(.merchantClosed, detail: "The restaurant is closed; ask whoever runs this installation.")
        }
    }

    /// Hummingbird's own errors. Their messages name Swift types and coding keys, so none is passed on.
    init(_ error: HTTPError) {
        let code: ProblemCode =
            switch error.status.code {
            case 401: .invalidCredential
            case 403: .forbidden
            case 404: .notFound
            case 405: .methodNotAllowed
            case 408: .requestTimeout
            case 409: .conflict
            case 413: .bodyTooLarge
            case 414: .addressTooLong
            case 415: .unsupportedMediaType
            case 422: .validationFailed
            case 429: .rateLimited
            case 431: .headersTooLarge
            case 400..<500: .malformedRequest
            case 503: .unavailable
            default: .internalError
            }
        self.init(code, headers: error.headers)
    }
}

extension ProblemCode {
    /// The code that stands for a whole kind of refusal.
    init(_ kind: DomainError.Kind) {
        self =
            switch kind {
            case .notFound: .notFound
            case .forbidden: .forbidden
            case .conflict: .conflict
            case .invalid: .validationFailed
            case .exhausted: .allowanceExhausted
            case .limited: .rateLimited
            case .provider: .providerUnavailable
            case .unavailable: .unavailable
            }
    }
}
