import CShims
import Drivers
import Glibc

/// A process beside the runtime that the supervisor keeps alive: started again at once when it ends, and when it ends
/// again and again, after longer and longer pauses.
final class Companion {
    /// A life of so many milliseconds shows that it works.
    private static let soundLife: Int64 = 10_000
    private static let longestPause: Int64 = 60_000

    /// What the next one is started with, its name first.
    var arguments: [String]
    private let descriptors: [Int32]
    private let report: (String) -> Void
    private var pid: pid_t = 0
    private var failures = 0
    private var startedAt: Int64 = 0
    private var dueAt: Int64 = 0
    private var isStopped = false

    /// - Parameter descriptors: it finds them from number 3; they stay open here, for the next one.
    init(_ arguments: [String], passing descriptors: [Int32], report: @escaping (String) -> Void) {
        self.arguments = arguments
        self.descriptors = descriptors
        self.report = report
    }

    /// When it is to be started, in milliseconds of the boot clock; nil while it runs.
    var nextStart: Int64? { pid == 0 && !isStopped ? dueAt : nil }

    /// Starts it when it does not run and its pause is over.
    func startIfDue() {
        guard let nextStart, pv_uptime() >= nextStart else { return }
        do throws(DriverError) {
            pid = try spawnSelf(arguments, passing: descriptors)
            startedAt = pv_uptime()
        } catch {
            report("\(error)")
            pause()
        }
    }

    /// A child of the supervisor ended and was reaped.
    func childEnded(_ child: pid_t) {
        guard child == pid, child > 0 else { return }
        pid = 0
        if pv_uptime() - startedAt >= Self.soundLife { failures = 0 }
        guard !isStopped else { return }
        report("\(arguments[0]) ended; starting it again")
        pause()
    }

    private func pause() {
        dueAt = pv_uptime() + (failures == 0 ? 0 : min(1000 << Int64(min(failures, 6)), Self.longestPause))
        failures += 1
    }

    /// Asks it to end, and waits for that, two seconds at most; one that does not listen is killed.
    func stop() {
        isStopped = true
        guard pid > 0 else { return }
        kill(pid, SIGTERM)
        for _ in 0..<200 {
            guard waitpid(pid, nil, WNOHANG) == 0 else {
                pid = 0
                return
            }
            poll(nil, 0, 10)
        }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
        pid = 0
    }
}
