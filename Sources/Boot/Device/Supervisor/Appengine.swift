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
    var supervisor = Supervisor(arguments: arguments, control: control)
    return try withExtendedLifetime(lock) {
        let code = try supervisor.run()
        unlink(settings.layout.controlSocket)
        return code
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
