import CShims
import Drivers
import Glibc

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
    for directory in [settings.run, settings.storage] { try makeDirectory(directory) }
    let lock = try lockInstance(settings)
    defer { close(lock) }
    let control = try listenOnControlSocket(settings.layout.controlSocket)
    var supervisor = Supervisor(arguments: arguments, control: control)
    let code = try supervisor.run()
    unlink(settings.layout.controlSocket)
    return code
}

/// One instance per run directory.
///
/// The lock is the supervisor's: it outlives a runtime's death.
private func lockInstance(_ settings: RuntimeSettings) throws(DriverError) -> Int32 {
    let path = "\(settings.run)/.lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
        throw DriverError("LockInstance", path, errno: errno, "cannot open; is \(settings.run) writable?")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        close(descriptor)
        throw DriverError(
            "LockInstance", settings.run, errno: errno,
            "another pantavisor uses this run directory; stop it, or give another one with --run")
    }
    return descriptor
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
