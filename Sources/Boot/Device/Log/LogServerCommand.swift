import CShims
import Drivers
import Glibc
import LinuxDrivers

/// `pv-log`, or `pantavisor log-server`: takes logs until SIGTERM.
///
/// The supervisor passes the control socket and both ends of the descriptor store, from number 3 on.
func runLogServer(_ arguments: [String]) throws -> Int32 {
    let settings = try RuntimeSettings(arguments: arguments)
    let inherited = (0..<3).map { inheritedControlSocket + $0 }
    guard inherited.allSatisfy({ fcntl($0, F_GETFD) >= 0 }) else {
        throw DriverError("Start", "log-server", "the supervisor starts it; run pantavisor appengine")
    }
    for descriptor in inherited { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(inheritedControlSocket, F_SETFL, fcntl(inheritedControlSocket, F_GETFL) | O_NONBLOCK)
    guard pv_die_with_parent() == 0 else {
        throw DriverError("Start", "log-server", errno: errno, "cannot follow the supervisor's death")
    }
    var signals = sigset_t()
    sigemptyset(&signals)
    // Ctrl-C of the terminal is the supervisor's business.
    for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, signal) }
    sigprocmask(SIG_BLOCK, &signals, nil)
    signal(SIGPIPE, SIG_IGN)
    let descriptors = inherited.map { OwnedDescriptor($0) }
    let server = try LogServerProcess(
        settings.logServer, control: descriptors[0], reading: descriptors[1], writing: descriptors[2])
    pv_trim_heap()
    try server.run()
    return 0
}
