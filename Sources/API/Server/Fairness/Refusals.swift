import Logging
import NIOCore

/// Remembers for a moment which process was refused a connection: who it is need not be asked again, and the log says it
/// once.
///
/// It lives on the server's one thread.
final class Refusals {
    private let loop: any EventLoop
    private let log: Logger
    private var until = NIODeadline.uptimeNanoseconds(0)
    private var processes: Set<Int32> = []
    private var callers: Set<Caller> = []
    private var nextLine = NIODeadline.uptimeNanoseconds(0)

    private static let memory = TimeAmount.milliseconds(50)
    private static let silence = TimeAmount.seconds(10)
    private static let limit = 256

    init(_ loop: any EventLoop, _ log: Logger) {
        self.loop = loop
        self.log = log
    }

    /// Process numbers are used again: who is refused for another's sake may come back a moment later.
    func wasJustRefused(_ process: Int32) -> Bool {
        guard !processes.isEmpty, process > 0 else { return false }
        if loop.now >= until { processes = [] }
        return processes.contains(process)
    }

    func refused(_ caller: Caller, _ process: Int32) {
        let now = loop.now
        if processes.isEmpty { until = now + Refusals.memory }
        if process > 0, processes.count < Refusals.limit { processes.insert(process) }
        if now >= nextLine {
            callers = []
            nextLine = now + Refusals.silence
        }
        guard callers.count < Refusals.limit, callers.insert(caller).inserted else { return }
        log.warning("connections are refused, there are too many", metadata: ["caller": "\(caller)"])
    }
}
