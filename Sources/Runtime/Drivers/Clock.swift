package import Model

/// Time for the engine's shell: the only place below which nobody asks for it.
package protocol DeviceClock: Sendable {
    var now: Instant { get }
    var wall: Timestamp { get }
    /// Returns when `instant` has come, or throws CancellationError.
    func wait(until instant: Instant) async throws
}
