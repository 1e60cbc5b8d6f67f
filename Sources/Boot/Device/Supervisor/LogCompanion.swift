import Drivers
import Glibc
import LinuxDrivers

/// The log server as a companion: what it must find again when it is started anew is held here.
struct LogCompanion {
    let companion: Companion
    private let layout: Layout
    private let held: [OwnedDescriptor]

    /// Nil when no logs are to be taken.
    ///
    /// - Parameter arguments: the runtime's.
    init?(
        _ settings: RuntimeSettings, _ arguments: [String],
        report: @escaping (String) -> Void = { writeToStandardError("pantavisor: \($0)\n") }
    ) throws(DriverError) {
        guard settings.capturesLogs else { return nil }
        layout = settings.layout
        var pair: [Int32] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, type, 0, &pair) == 0 else {
            throw DriverError("StartLogServer", "socketpair", errno: errno, String(cString: strerror(errno)))
        }
        let store = pair.map { OwnedDescriptor($0) }
        held = [try listenForLogControl(layout)] + store
        companion = Companion(["pv-log"] + arguments, passing: held.map(\.number), report: report)
    }

    /// When everything that logs has ended.
    func stop() {
        companion.stop()
        unlink(layout.logControl)
    }
}
