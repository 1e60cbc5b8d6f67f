import CShims
package import Drivers
import Glibc
import Synchronization

/// A command inside a container: a helper process whose standard streams are pipes, or one terminal.
final class LXCExecSession: ExecSession {
    private struct State {
        var openStreams: Int
        var input: OwnedDescriptor?
        var code: Int?
        var waiters: [CheckedContinuation<Int, Never>] = []
    }

    let output: AsyncStream<ExecOutput>
    private let pieces = ExecPieces()
    private let child: Spawn.Child
    private let terminal: OwnedDescriptor?
    private let reactor: Reactor
    private let state: Mutex<State>

    /// Our ends of the command's streams; with a terminal all are one, under two numbers for the two ways to wait for it.
    struct Streams {
        var input: OwnedDescriptor
        var output: OwnedDescriptor
        var errors: OwnedDescriptor?
        var isTerminal: Bool
    }

    init(_ child: Spawn.Child, _ streams: Streams, _ reactor: Reactor) {
        self.child = child
        self.reactor = reactor
        terminal = streams.isTerminal ? streams.output : nil
        state = Mutex(State(openStreams: streams.errors == nil ? 1 : 2, input: streams.input))
        let pieces = pieces
        output = AsyncStream { await pieces.next() }
        streams.input.makeNonBlocking()
        read(streams.output) { .standardOutput($0) }
        if let errors = streams.errors { read(errors) { .standardError($0) } }
        reactor.once(child.process) { self.finish() }
    }

    func write(_ bytes: [UInt8]) async throws(DriverError) {
        guard let input = state.withLock({ $0.input }) else { return }
        guard !bytes.isEmpty else { return closeInput(input) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(input.number, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // A command that does not read must not keep a thread waiting.
                await withCheckedContinuation { continuation in
                    reactor.onceWritable(input) { continuation.resume() }
                }
            } else if errno != EINTR {
                throw .ofSystem("WriteFile", "standard input")
            }
        }
    }

    /// A terminal has no end of file of its own: its line discipline makes one of Ctrl-D.
    private func closeInput(_ input: OwnedDescriptor) {
        if let terminal { _ = Glibc.write(terminal.number, "\u{4}", 1) }
        state.withLock { $0.input = nil }
    }

    func resize(columns: Int, rows: Int) {
        if let terminal { _ = pv_set_window_size(terminal.number, Int32(columns), Int32(rows)) }
    }

    func exitCode() async throws(DriverError) -> Int {
        await withCheckedContinuation { continuation in
            let code = state.withLock { state in
                if state.code == nil { state.waiters.append(continuation) }
                return state.code
            }
            if let code { continuation.resume(returning: code) }
        }
    }

    func cancel() {
        pieces.drop()
        // The helper kills the command: it alone knows which process inside the container it is.
        _ = pv_pidfd_send_signal(child.process.number, SIGTERM)
    }

    private func finish() {
        let outcome = Spawn.reap(child) ?? -Int(SIGKILL)
        let code = outcome < 0 ? 128 - outcome : outcome
        let waiters = state.withLock { state in
            state.code = code
            state.input = nil
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: code) }
    }

    private func read(_ stream: OwnedDescriptor, _ wrap: @escaping @Sendable ([UInt8]) -> ExecOutput) {
        reactor.once(stream) {
            var piece = [UInt8](repeating: 0, count: 16_384)
            let count = Glibc.read(stream.number, &piece, piece.count)
            // A terminal whose other side is closed gives EIO.
            guard count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN)) else { return self.closed() }
            guard count > 0 else { return self.read(stream, wrap) }
            self.pieces.add(wrap(Array(piece[..<count]))) { self.read(stream, wrap) }
        }
    }

    private func closed() {
        let isLast = state.withLock { state in
            state.openStreams -= 1
            return state.openStreams == 0
        }
        if isLast { pieces.finish() }
    }
}

extension LXCContainers {
    package func exec(_ request: ExecRequest, in name: String) async throws(DriverError) -> any ExecSession {
        guard !request.arguments.isEmpty else { throw DriverError("ExecInContainer", name, "there is no command") }
        guard case .running = ContainerRecords(name, layout: layout).state else {
            throw DriverError("ExecInContainer", name, "it does not run")
        }
        let variables = request.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let arguments =
            ["exec", layout.lxc, name, request.terminal ? "terminal" : "plain"] + variables + ["--"] + request.arguments
        var spawn = Spawn.Request(executable: helper, arguments: arguments, descriptors: [])
        let streams: LXCExecSession.Streams
        if request.terminal {
            let (ours, theirs) = try OwnedDescriptor.terminal()
            spawn.descriptors = [theirs, theirs, theirs]
            streams = .init(input: try ours.duplicate(), output: ours, errors: nil, isTerminal: true)
        } else {
            let (input, output, errors) = (
                try OwnedDescriptor.pipe(), try OwnedDescriptor.pipe(), try OwnedDescriptor.pipe()
            )
            spawn.descriptors = [input.reading, output.writing, errors.writing]
            streams = .init(input: input.writing, output: output.reading, errors: errors.reading, isTerminal: false)
        }
        return LXCExecSession(try Spawn.start(spawn), streams, reactor)
    }
}

extension OwnedDescriptor {
    /// A new pseudo-terminal: the side that sees what a program writes, and the program's.
    static func terminal() throws(DriverError) -> (ours: OwnedDescriptor, theirs: OwnedDescriptor) {
        var (ours, theirs): (Int32, Int32) = (-1, -1)
        guard pv_open_terminal(&ours, &theirs) == 0 else { throw .ofSystem("OpenTerminal", "/dev/ptmx") }
        return (OwnedDescriptor(ours), OwnedDescriptor(theirs))
    }
}
