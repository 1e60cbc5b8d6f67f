import CShims
import Drivers
import Glibc
import LinuxDrivers

/// `pantavisor appengine`: a supervisor with its runtime, in the foreground, with a simulated bootloader around it.
func runAppengine(_ arguments: [String]) throws -> Int32 {
    if arguments == ["--help"] {
        print(SettingKey.helpText)
        return 0
    }
    let settings = try RuntimeSettings(arguments: arguments)
    guard geteuid() == 0 else {
        throw DriverError("Start", "appengine", "containers need root; run it with sudo")
    }
    // The supervisor's lock, so that it outlives a runtime's death.
    let lock = try InstanceLock(settings.layout)
    let control = try listenOnControlSocket(settings.layout.controlSocket)
    // Containers that an earlier instance left running find the new socket there.
    try NobodyDirectory.refresh(settings.layout)
    return try withExtendedLifetime(lock) {
        try makeDirectory("\(settings.storage)/boot")
        let logs = try LogCompanion(settings, arguments)
        defer { logs?.stop() }
        let code = try superviseAppengine(arguments, settings, control: control, companion: logs?.companion)
        unlink(settings.layout.controlSocket)
        return code
    }
}

/// Starts the revision again after each reboot.
///
/// The code is 0 when it was asked to stop, 3 after a power-off, 1 when it gave up.
private func superviseAppengine(
    _ arguments: [String], _ settings: RuntimeSettings, control: Int32, companion: Companion?
) throws(DriverError) -> Int32 {
    var loader = AppengineLoader(settings)
    while true {
        let booted = try loader.boot()
        companion?.arguments = ["pv-log"] + arguments + booted
        var supervisor = Supervisor(
            arguments: arguments + booted, control: control, deaths: .withoutComingUp(10), companion: companion)
        switch try supervisor.run(until: [SIGTERM, SIGINT, SIGHUP]) {
        case .reboot: writeToStandardError("pantavisor: the device restarts\n")
        case .powerOff: return Supervisor.RuntimeExit.powerOff.rawValue
        case .stopped: return 0
        case .gaveUp: return 1
        case .abandoned: return 130
        }
    }
}

/// Makes a directory and those above it.
func makeDirectory(_ path: String) throws(DriverError) {
    var made = ""
    for part in path.split(separator: "/") {
        made += "/\(part)"
        guard mkdir(made, 0o755) != 0, errno != EEXIST else { continue }
        throw DriverError("MakeDirectory", made, errno: errno, String(cString: strerror(errno)))
    }
}
