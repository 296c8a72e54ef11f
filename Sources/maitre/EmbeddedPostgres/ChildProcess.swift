import Foundation
import Synchronization

/// A child process in a process group of its own: a Ctrl-C in the terminal reaches it only through us, so that services stop in order.
///
/// Every child has a thread that starts it, waits for its end and does nothing else. That is not only for the waiting: Linux sends the
/// parent-death signal (`setpriv --pdeathsig`) when the *thread* that started the child ends, and threads of a pool end when idle.
final class ChildProcess: Sendable {
    /// How a process ended.
    enum Exit: Sendable, Equatable {
        case code(Int32)
        case signal(Int32)
    }

    /// What to start. Standard input is empty; standard output and error go to `output`, or nowhere.
    struct Launch: Sendable {
        /// Absolute path.
        var executable: String
        var arguments: [String] = []
        /// The whole environment: nothing is inherited.
        var environment: [String: String] = [:]
        /// A file descriptor that stays the caller's, to close after the start.
        var output: Int32?
        /// A file descriptor that stays the caller's, to close after the start.
        var input: Int32?
    }

    struct LaunchError: Error, CustomStringConvertible {
        let executable: String
        let code: Int32
        var description: String { "cannot start \(executable): \(String(cString: strerror(code)))" }
    }

    private struct State {
        var exit: Exit?
        var waiters: [Int: CheckedContinuation<Exit?, Never>] = [:]
        var nextWaiter = 0
    }

    let processIdentifier: pid_t
    private let state = Mutex(State())

    private init(processIdentifier: pid_t) {
        self.processIdentifier = processIdentifier
    }

    /// Starts a process.
    static func spawn(_ launch: Launch) async throws -> ChildProcess {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                var processIdentifier: pid_t = 0
                let code = Self.spawn(launch, &processIdentifier)
                guard code == 0 else {
                    continuation.resume(throwing: LaunchError(executable: launch.executable, code: code))
                    return
                }
                let child = ChildProcess(processIdentifier: processIdentifier)
                continuation.resume(returning: child)
                child.waitAndReap()
            }
            thread.name = "child process"
            thread.start()
        }
    }

    /// Runs a process to its end.
    /// - Returns: how it ended, and what it wrote to standard output and error together.
    static func run(_ launch: Launch, input: String? = nil) async throws -> (exit: Exit, output: String) {
        // Files rather than pipes: nobody has to read while the child writes.
        let output = try temporaryFile(containing: "")
        defer { close(output) }
        var launch = launch
        launch.output = output
        var inputFile: Int32?
        defer { if let inputFile { close(inputFile) } }
        if let input {
            inputFile = try temporaryFile(containing: input)
            launch.input = inputFile
        }
        let child = try await spawn(launch)
        let exit = await child.exitUnlessCancelled()
        guard let exit else {
            child.send(SIGTERM)
            throw CancellationError()
        }
        let text = try FileHandle(fileDescriptor: output, closeOnDealloc: false).readToEndFromStart()
        return (exit, String(decoding: text, as: UTF8.self))
    }

    /// Sends a signal; does nothing once the process has ended.
    func send(_ signal: Int32) {
        state.withLock { state in
            // The process is reaped under this lock, so its number cannot have been given to another one.
            guard state.exit == nil else { return }
            kill(processIdentifier, signal)
        }
    }

    /// How the process ended, if it has.
    var exit: Exit? { state.withLock { $0.exit } }

    /// Waits for the end; nil when the waiting task is cancelled first.
    func exitUnlessCancelled() async -> Exit? {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let result: Exit?? = state.withLock { state in
                    if let exit = state.exit { return exit }
                    if Task.isCancelled { return .some(nil) }
                    state.waiters[waiter] = continuation
                    return nil
                }
                if let result { continuation.resume(returning: result) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume(returning: nil)
        }
    }

    /// Waits for the end at most so long; nil when it has not come.
    func exit(within limit: Duration) async -> Exit? {
        await withTaskGroup(of: Exit?.self) { group in
            group.addTask { await self.exitUnlessCancelled() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private func waitAndReap() {
        var information = siginfo_t()
        while waitid(P_PID, id_t(processIdentifier), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        let (exit, waiters) = state.withLock { state in
            var status: Int32 = 0
            while waitpid(processIdentifier, &status, 0) == -1, errno == EINTR {}
            let signal = status & 0x7f
            let exit: Exit = signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
            state.exit = exit
            let waiters = state.waiters.values
            state.waiters = [:]
            return (exit, Array(waiters))
        }
        for waiter in waiters { waiter.resume(returning: exit) }
    }

    private static func spawn(_ launch: Launch, _ processIdentifier: inout pid_t) -> Int32 {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }

        if let input = launch.input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        if let output = launch.output {
            posix_spawn_file_actions_adddup2(&actions, output, 1)
        } else {
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, 1, 2)

        // We may ignore or block signals (the service group does); a child must not inherit that.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGPIPE, SIGCHLD, SIGUSR1, SIGUSR2, SIGALRM] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var arguments: [UnsafeMutablePointer<CChar>?] = ([launch.executable] + launch.arguments).map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var environment: [UnsafeMutablePointer<CChar>?] = launch.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for variable in environment { free(variable) } }
        return posix_spawn(&processIdentifier, launch.executable, &actions, &attributes, &arguments, &environment)
    }

    /// An open file without a name, at its start.
    private static func temporaryFile(containing text: String) throws -> Int32 {
        var template = Array("\(NSTemporaryDirectory())/maitre-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { throw LaunchError(executable: "mkstemp", code: errno) }
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        unlink(template)
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: false)
        try handle.write(contentsOf: Data(text.utf8))
        try handle.seek(toOffset: 0)
        return file
    }
}

extension FileHandle {
    fileprivate func readToEndFromStart() throws -> Data {
        try seek(toOffset: 0)
        return try readToEnd() ?? Data()
    }
}
