import NIOCore
import Synchronization

/// The body of a request as it comes: whoever answers takes it piece by piece, and the client is read no faster.
///
/// Nothing is read before the first piece is asked for.
final class IncomingBody: Sendable {
    /// The client went away, or was too slow, in the middle of its body.
    struct Broken: Error {}

    private typealias Taker = CheckedContinuation<[UInt8]?, any Error>

    private struct State {
        var pieces: [UInt8] = []
        /// Whether the client is read no further until somebody asks.
        var isHeld = true
        var isComplete = false
        var isBroken = false
        var taker: Taker?
    }

    /// Bytes that wait before the client is read no further.
    private static let enough = 256 * 1024

    private let state = Mutex(State())
    /// Called when the client is to be read on.
    private let readOn: @Sendable () -> Void

    init(readOn: @escaping @Sendable () -> Void) {
        self.readOn = readOn
    }

    /// The next bytes, nil at the end; for one taker at a time.
    func next() async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { taker in
            let mustRead = state.withLock { state in
                state.taker = taker
                defer { state.isHeld = false }
                return state.isHeld && !state.isComplete && !state.isBroken
            }
            serve()
            if mustRead { readOn() }
        }
    }

    /// Adds what has come; false when the client is to be read no further for now.
    func put(_ bytes: ByteBuffer) -> Bool {
        let mayRead = state.withLock { state in
            if state.pieces.isEmpty, bytes.readableBytes >= 16_384 { state.pieces.reserveCapacity(Self.enough) }
            bytes.withUnsafeReadableBytes { state.pieces.append(contentsOf: $0) }
            if state.pieces.count >= Self.enough, state.taker == nil { state.isHeld = true }
            return !state.isHeld
        }
        serve()
        return mayRead
    }

    func complete() {
        state.withLock { $0.isComplete = true }
        serve()
    }

    /// Nothing more will come; what is complete stays so.
    func abandon() {
        state.withLock { $0.isBroken = !$0.isComplete }
        serve()
    }

    /// Gives who waits what there is.
    private func serve() {
        let gift = state.withLock { state -> (taker: Taker, result: Result<[UInt8]?, any Error>)? in
            guard let taker = state.taker else { return nil }
            if state.isBroken {
                state.taker = nil
                return (taker, .failure(Broken()))
            }
            guard !state.pieces.isEmpty || state.isComplete else { return nil }
            defer { (state.taker, state.pieces) = (nil, []) }
            return (taker, .success(state.pieces.isEmpty ? nil : state.pieces))
        }
        if let (taker, result) = gift { taker.resume(with: result) }
    }
}
