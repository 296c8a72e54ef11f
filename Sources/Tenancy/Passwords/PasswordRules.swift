import Core
import Foundation

/// What a password must be: long, and not one of those that are tried first. No rules about kinds of characters; they make passwords worse (NIST SP 800-63B).
public enum PasswordRules {
    public static let length = 10...128

    /// The password in the one form that is hashed (NFKC, so that one keyboard's ü is another's), or why it cannot be one.
    ///
    /// - Parameters:
    ///   - pointer: where it stands in the request.
    ///   - email: the address it may not contain.
    public static func checked(_ password: String, at pointer: String, email: String?) -> Result<Secret<String>, DomainError.Failed> {
        let normal = normalised(password)
        let count = normal.unicodeScalars.count
        if count < length.lowerBound { return .failure(.init(pointer, "too_short", "must have at least \(length.lowerBound) characters")) }
        if count > length.upperBound { return .failure(.init(pointer, "too_long", "must have at most \(length.upperBound) characters")) }
        let lower = normal.lowercased()
        if common.contains(lower) || Set(lower.unicodeScalars).count < 4 {
            return .failure(.init(pointer, "too_common", "is one of the first that anybody would try"))
        }
        if let name = email?.split(separator: "@").first, name.count >= 4, lower.contains(name.lowercased()) {
            return .failure(.init(pointer, "too_common", "must not contain your e-mail address"))
        }
        return .success(Secret(normal))
    }

    /// A password as somebody typed it, to be compared with a hash.
    static func typed(_ password: String) -> Secret<String> { Secret(normalised(String(password.unicodeScalars.prefix(1024)))) }

    /// The form in which a password is compared.
    static func normalised(_ password: String) -> String { password.precomposedStringWithCompatibilityMapping }

    /// Of the lists of leaked passwords, the most frequent that are long enough.
    private static let common: Set<String> = [
        "1234567890", "0123456789", "0987654321", "9876543210", "1234554321", "123456789a", "a123456789", "1q2w3e4r5t", "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "qwertyuiop", "qwerty1234", "qwerty12345", "qwerty123456", "q1w2e3r4t5", "q1w2e3r4t5y6", "qazwsxedc1", "zaq12wsxcde3", "asdfghjkl1",
        "1234qwerasdf",
        "password12", "password123", "password1234", "password12345", "passw0rd123", "p@ssw0rd123", "p@ssword123", "mypassword",
        "mypassword1", "newpassword",
        "changeme123", "changeme1234", "letmein123", "letmein1234", "welcome123", "welcome1234", "iloveyou12", "iloveyou123",
        "administrator", "admin12345",
        "admin123456", "superman123", "football123", "liverpool1", "manchester", "basketball", "restaurant", "restaurant1", "restaurant123",
        "whatsapp123",
        "abcdefghij", "abcdefghijk", "abc1234567", "abcd123456", "12345abcde", "1029384756", "1122334455", "5555555555", "11223344556",
        "rahasia123",
        "indonesia1", "indonesia123", "bismillah1", "bismillah123", "saudiarabia", "correcthorsebatterystaple", "trustno1trustno1",
        "supersecret", "secret12345",
        "test123456", "testtest123", "computer123", "master12345", "princess123", "sunshine123", "monkey12345", "dragon12345",
    ]
}

extension DomainError {
    /// One wrong field as an error of its own, for a `Result`.
    public struct Failed: Error, Sendable {
        public let field: Field

        init(_ pointer: String, _ code: String, _ message: String) {
            field = Field(pointer: pointer, code: code, message: message)
        }
    }
}
