import Drivers
import LinuxDrivers

/// Ends the runtime's process when everything stopped; the supervisor does the rest.
final class RuntimePower: PowerDriver {
    /// Where the first process of a machine finds what the firmware is to be told.
    static func argumentFile(_ layout: Layout) -> String { "\(layout.run)/reboot-argument" }

    private let layout: Layout
    private let requests: AsyncStream<PowerAction>
    private let continuation: AsyncStream<PowerAction>.Continuation

    init(_ layout: Layout) {
        self.layout = layout
        (requests, continuation) = AsyncStream.makeStream()
    }

    func end(_ action: PowerAction, argument: String?, reason: String) async throws(DriverError) {
        if let argument { try Files.replace(Self.argumentFile(layout), with: argument + "\n") }
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
