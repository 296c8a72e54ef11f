import Foundation
import NIOCore
import NIOPosix

/// Says clearly that a port is taken, before anything expensive starts.
enum PortCheck {
    /// - Parameter setting: what to change when it is not.
    static func requireFree(host: String, port: Int, setting: String) async throws {
        guard port != 0 else { return }
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).get()
            try await channel.close()
        } catch let error as IOError where error.errnoCode != EADDRINUSE {
            throw PlainFailure(description: "Cannot listen on \(host), port \(port): \(String(cString: strerror(error.errnoCode))).")
        } catch {
            throw PlainFailure(description: "Port \(port) of \(host) is taken. Choose another with \(setting).")
        }
    }
}

/// An end of the program with one line for people instead of a stack of details.
struct PlainFailure: Error, CustomStringConvertible {
    let description: String
}
