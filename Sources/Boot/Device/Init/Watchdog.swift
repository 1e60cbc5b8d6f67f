import CShims
import Drivers
import Glibc
import LinuxDrivers

/// The machine's watchdog, petted by the first process alone, and the question it asks the runtime before.
///
/// The question is one byte on a socket, which the runtime sends back through its engine's loop. A watchdog that does
/// not run asks nothing and costs no wakeup.
final class Watchdog {
    private let path: String
    private let report: (String) -> Void
    private var policy: WatchdogPolicy
    private var device: OwnedDescriptor?
    private var question: OwnedDescriptor?
    private var lastLook: Int64 = 0
    /// A device that cannot be stopped must be petted to the end.
    private var canStop = true

    /// - Parameter report: for what goes wrong.
    init(_ settings: MachineSettings, path: String = "/dev/watchdog", report: @escaping (String) -> Void) {
        self.path = path
        self.report = report
        policy = WatchdogPolicy(mode: settings.watchdog, timeout: settings.watchdogTimeout.milliseconds)
    }

    /// Another timeout, said by what was not there to be read at first.
    func take(timeout: Duration) {
        guard policy.timeout != timeout.milliseconds else { return }
        policy.take(timeout: timeout.milliseconds)
        if let device { setTimeout(of: device) }
    }

    private func setTimeout(of device: OwnedDescriptor) {
        let seconds = pv_watchdog_timeout(device.number, Int32((policy.timeout + 999) / 1000))
        if seconds > 0 { policy.take(timeout: Int64(seconds) * 1000) }
    }

    /// When `look` is to be called next, in milliseconds of the boot clock; nil = no need.
    var nextLook: Int64? { device == nil ? nil : lastLook + policy.interval }

    /// Opens or closes the device as the phase wants it.
    func settle() {
        if policy.isWanted, device == nil { open() }
        if !policy.isWanted, device != nil, canStop { close() }
    }

    /// Pets it, if what has to answer did, and asks anew.
    func look(at now: Int64) {
        guard let device, now >= lastLook + policy.interval else { return }
        lastLook = now
        if policy.pets(at: now, hasAnswered: hasAnswer()) { _ = pv_watchdog_pet(device.number) }
        ask()
    }

    /// A new runtime's end of the question.
    func heartbeat(at now: Int64) throws(DriverError) -> OwnedDescriptor {
        var ends: [Int32] = [-1, -1]
        guard pv_socket_pair(&ends) == 0 else { throw .ofSystem("OpenHeartbeat", "socket") }
        question = OwnedDescriptor(ends[0])
        policy.runtimeStarted(at: now)
        settle()
        return OwnedDescriptor(ends[1])
    }

    func runtimeServes() {
        policy.runtimeServes()
        settle()
    }

    func stops() {
        policy.stops()
        settle()
    }

    /// From here on there is no runtime.
    func ends() {
        question = nil
        policy.ends()
        settle()
    }

    /// Before the power goes: some watchdogs run on.
    func disarm() {
        if device != nil { close() }
    }

    private func ask() {
        guard let question else { return }
        // A socket that is full has been asked often enough.
        _ = [UInt8(1)].withUnsafeBytes { send(question.number, $0.baseAddress, 1, Int32(MSG_NOSIGNAL)) }
    }

    /// Whether anything came back since the last look.
    private func hasAnswer() -> Bool {
        guard let question else { return false }
        var bytes = [UInt8](repeating: 0, count: 64)
        return recv(question.number, &bytes, bytes.count, 0) > 0
    }

    private func open() {
        do throws(DriverError) {
            let device = try OwnedDescriptor.open(path, O_WRONLY, for: "OpenWatchdog")
            let abilities = pv_watchdog_abilities(device.number)
            // A kernel that was built with "no way out" says so here only.
            let isForEver = Files.text("/sys/class/watchdog/watchdog0/nowayout")?.hasPrefix("1") ?? false
            canStop = abilities & Int32(PV_WATCHDOG_STOPS) != 0 && !isForEver
            setTimeout(of: device)
            _ = pv_watchdog_pet(device.number)
            lastLook = pv_uptime()
            self.device = device
            ask()
        } catch {
            report("no watchdog: \(error)")
            policy.giveUp()
        }
    }

    /// The letter says that it is closed on purpose (magic close).
    private func close() {
        guard let device else { return }
        _ = write(device.number, "V", 1)
        self.device = nil
    }
}
