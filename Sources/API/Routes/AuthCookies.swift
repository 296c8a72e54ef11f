import Core
import HTTPTypes
import Hummingbird
import Tenancy

/// The two cookies of a browser that logged in. `__Host-`: set by this host over TLS alone, for this host alone, and no subdomain can plant another.
enum AuthCookies {
    private static let refreshToken = "__Host-maitre_refresh"
    private static let device = "__Host-maitre_device"

    static func refreshToken(_ request: Request) -> String? { request.cookies[refreshToken]?.value }
    static func device(_ request: Request) -> String? { request.cookies[device]?.value }
    static func hasRefreshToken(_ request: Request) -> Bool { refreshToken(request) != nil }

    static func setRefreshToken(_ token: Secret<String>, until end: Timestamp) -> String {
        line(refreshToken, token.reveal(), seconds: max(0, (end - .now).components.seconds))
    }

    static var clearRefreshToken: String { line(refreshToken, "", seconds: 0) }

    /// Knows the browser for a year.
    static func setDevice(_ token: Secret<String>) -> String { line(device, token.reveal(), seconds: 365 * 86_400) }

    private static func line(_ name: String, _ value: String, seconds: Int64) -> String {
        Cookie(name: name, value: value, maxAge: Int(seconds), path: "/", secure: true, httpOnly: true, sameSite: .strict).description
    }
}

extension JSONResponse {
    func settingCookies(_ lines: [String]) -> JSONResponse {
        var response = self
        for line in lines { response.headers.append(HTTPField(name: .setCookie, value: line)) }
        return response
    }
}
