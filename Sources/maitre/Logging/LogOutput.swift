import Foundation
import Synchronization

/// Where log lines go: a file descriptor, one line at a time.
final class LogOutput: Sendable {
    static let standardError = LogOutput(descriptor: 2)

    private let descriptor: Int32
    private let turn = Mutex(())

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes a whole line. What cannot be written is lost: a full disk must not stop the service.
    func write(_ line: [UInt8]) {
        turn.withLock { _ in
            line.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                    if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
                }
            }
        }
    }
}
