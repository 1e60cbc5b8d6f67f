import Drivers

/// Ends the runtime's process when everything stopped; the supervisor does the rest.
final class RuntimePower: PowerDriver {
    private let requests: AsyncStream<PowerAction>
    private let continuation: AsyncStream<PowerAction>.Continuation

    init() {
        (requests, continuation) = AsyncStream.makeStream()
    }

    func end(_ action: PowerAction, argument: String?, reason: String) async throws(DriverError) {
        finish(action)
    }

    func finish(_ action: PowerAction) {
        continuation.yield(action)
        continuation.finish()
    }

    /// Waits for the first request.
    var ended: PowerAction {
        get async {
            for await action in requests { return action }
            return .powerOff
        }
    }
}
