import CCurl
import Core
import Dispatch
import Foundation

/// Hands e-mails to an SMTP server, by libcurl.
public struct SMTPClient: Sendable {
    public struct Configuration: Sendable {
        /// `smtps://mail.example.com:465`, or `smtp://mail.example.com:587` with STARTTLS.
        public var url: String
        public var user: String?
        public var password: Secret<String>?
        /// The sender: `Maitre <no-reply@example.com>` or the address alone.
        public var sender: String
        /// Whether an `smtp://` server that offers no TLS gets mail all the same; for a relay on the same machine.
        public var allowsPlaintext: Bool
        public var timeout: Duration

        public init(
            url: String,
            user: String? = nil,
            password: Secret<String>? = nil,
            sender: String,
            allowsPlaintext: Bool = false,
            timeout: Duration = .seconds(30)
        ) {
            self.url = url
            self.user = user
            self.password = password
            self.sender = sender
            self.allowsPlaintext = allowsPlaintext
            self.timeout = timeout
        }

        /// The address in `sender`.
        var senderAddress: String {
            guard let open = sender.lastIndex(of: "<"), let close = sender.lastIndex(of: ">"), open < close else { return sender }
            return String(sender[sender.index(after: open)..<close])
        }
    }

    /// Why a message was not taken.
    struct Failure: Error, CustomStringConvertible {
        /// libcurl's word for it; holds no address and no text.
        let description: String
        /// The server will never take it: its answer was a 5xx.
        let isFinal: Bool
    }

    private let configuration: Configuration
    private let threads = DispatchQueue(label: "smtp", qos: .utility, attributes: .concurrent)

    public init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// Returns when the server has taken the message.
    func send(_ email: Email, to recipient: String, id: EmailID) async throws {
        let message = InternetMessage(email, from: configuration.sender, to: recipient, id: id, at: .now).bytes
        let configuration = configuration
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            threads.async { continuation.resume(with: Result { try Self.perform(message, to: recipient, configuration) }) }
        }
    }

    private static func perform(_ message: [UInt8], to recipient: String, _ configuration: Configuration) throws {
        guard let handle = curl_easy_init() else { throw Failure(description: "libcurl has no memory", isFinal: false) }
        defer { curl_easy_cleanup(handle) }
        let recipients = curl_slist_append(nil, "<\(recipient)>")
        defer { curl_slist_free_all(recipients) }
        var upload = Upload(bytes: message)
        let code = withUnsafeMutablePointer(to: &upload) { upload in
            for (option, text) in [
                (CURLOPT_URL, configuration.url), (CURLOPT_MAIL_FROM, "<\(configuration.senderAddress)>"),
                (CURLOPT_USERNAME, configuration.user), (CURLOPT_PASSWORD, configuration.password?.reveal()),
            ] {
                if let text { maitre_curl_set_text(handle, option, text) }
            }
            maitre_curl_set_list(handle, CURLOPT_MAIL_RCPT, recipients)
            maitre_curl_set_number(handle, CURLOPT_UPLOAD, 1)
            maitre_curl_set_number(handle, CURLOPT_NOSIGNAL, 1)
            maitre_curl_set_number(handle, CURLOPT_CONNECTTIMEOUT_MS, 10_000)
            maitre_curl_set_number(handle, CURLOPT_TIMEOUT_MS, Int(configuration.timeout.milliseconds))
            // 3: the whole conversation encrypted, or none; 1: if the server can.
            maitre_curl_set_number(handle, CURLOPT_USE_SSL, configuration.allowsPlaintext ? 1 : 3)
            maitre_curl_set_reader(
                handle,
                { target, size, count, context in
                    guard let target, let upload = context?.assumingMemoryBound(to: Upload.self) else { return 0 }
                    return upload.pointee.read(into: target, atMost: size * count)
                },
                upload
            )
            return curl_easy_perform(handle)
        }
        guard code == CURLE_OK else {
            var response = 0
            maitre_curl_response_code(handle, &response)
            throw Failure(
                description: "\(String(cString: curl_easy_strerror(code)))\(response > 0 ? " (\(response))" : "")",
                // 5xx for this message; for a login or TLS it is the server or the settings.
                isFinal: code == CURLE_SEND_ERROR && (500..<600).contains(response)
            )
        }
    }
}

/// What libcurl still has to read.
private struct Upload {
    let bytes: [UInt8]
    var position = 0

    mutating func read(into target: UnsafeMutablePointer<CChar>, atMost count: Int) -> Int {
        let length = min(count, bytes.count - position)
        for index in 0..<length { target[index] = CChar(bitPattern: bytes[position + index]) }
        position += length
        return length
    }
}
