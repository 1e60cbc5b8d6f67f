import Drivers
import Synchronization

/// What a command writes: read ahead a little and no further, so that a command with a slow reader has to wait, and not
/// the memory to grow.
final class ExecPieces: Sendable {
    private struct State {
        var pieces: [ExecOutput] = []
        var isOver = false
        var waiter: CheckedContinuation<ExecOutput?, Never>?
        /// Goes on with reading, once there is room.
        var held: [@Sendable () -> Void] = []
    }

    /// Pieces of 16 kB that wait for the reader.
    private static let limit = 4

    private let state = Mutex(State())

    /// Takes a piece, and calls `next` when the stream that it came from may be read on.
    func add(_ piece: ExecOutput, next: @escaping @Sendable () -> Void) {
        let (waiter, mayGoOn) = state.withLock { state -> (CheckedContinuation<ExecOutput?, Never>?, Bool) in
            guard !state.isOver else { return (nil, false) }
            if let waiter = state.waiter {
                state.waiter = nil
                return (waiter, true)
            }
            state.pieces.append(piece)
            guard state.pieces.count >= ExecPieces.limit else { return (nil, true) }
            state.held.append(next)
            return (nil, false)
        }
        waiter?.resume(returning: piece)
        if mayGoOn { next() }
    }

    /// Nothing more is written; what was is still told.
    func finish() {
        let waiter = state.withLock { state in
            state.isOver = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

    /// Nobody reads any more: the streams are let go.
    func drop() {
        let held = state.withLock { state in
            state.pieces = []
            defer { state.held = [] }
            return state.held
        }
        finish()
        // Each holds a stream's descriptor, which is closed outside of the lock.
        _ = held
    }

    /// The next piece, or nil at the end.
    ///
    /// One reader.
    func next() async -> ExecOutput? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (piece, isThere, held) = state.withLock { state -> (ExecOutput?, Bool, [@Sendable () -> Void]) in
                    guard !state.pieces.isEmpty else {
                        if !state.isOver { state.waiter = continuation }
                        return (nil, state.isOver, [])
                    }
                    defer { state.held = [] }
                    return (state.pieces.removeFirst(), true, state.held)
                }
                if isThere { continuation.resume(returning: piece) }
                for next in held { next() }
            }
        } onCancel: {
            drop()
        }
    }
}
