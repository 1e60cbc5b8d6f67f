import CShims
import Glibc

/// Signals that are waited for instead of being handled.
struct SignalSet {
    private var set = sigset_t()

    init(_ signals: [Int32]) {
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
    }

    /// To be called before any of them can come.
    func block() {
        var set = set
        sigprocmask(SIG_BLOCK, &set, nil)
    }

    /// Sleeps until one of them comes, or until a time of the boot clock in milliseconds.
    ///
    /// - Returns: 0 when there was none.
    func wait(until deadline: Int64?) -> (signal: Int32, sender: pid_t) {
        var set = set
        var sender: pid_t = 0
        let signal = pv_wait_signal(&set, deadline.map { max($0 - pv_uptime(), 0) } ?? -1, &sender)
        return (max(signal, 0), sender)
    }
}
