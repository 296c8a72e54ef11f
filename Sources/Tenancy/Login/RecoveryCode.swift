import Core
import Crypto
import Foundation

/// Codes on paper for the day the telephone is lost: ten, each good once.
enum RecoveryCode {
    static let count = 10

    /// `XXXX-XXXX-XXXX-XXXX`, 80 random bits, without letters that look like digits.
    static func generate() -> String {
        let alphabet = Array("23456789ABCDEFGHJKLMNPQRSTUVWXYZ")
        var generator = SystemRandomNumberGenerator()
        let groups = (0..<4).map { _ in String((0..<4).map { _ in alphabet[Int.random(in: 0..<32, using: &generator)] }) }
        return groups.joined(separator: "-")
    }

    /// What is stored and compared: people type them in either case and without the hyphens.
    static func digest(_ code: String, of person: PersonID) -> [UInt8] {
        let plain = code.uppercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return Array(SHA256.hash(data: Data("\(person)|\(plain)".utf8)))
    }
}
