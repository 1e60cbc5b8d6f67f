import CShims
package import Drivers
import Glibc
import Logging

extension LXCContainers {
    /// Asks init to end.
    func halt(_ process: ProcessIdentity?, _ name: String) {
        guard let process, let descriptor = process.open() else { return }
        _ = pv_pidfd_send_signal(descriptor.number, haltSignal(of: process, name))
    }

    /// The configured signal, as liblxc chooses it: systemd blocks SIGRTMIN+3 to wait for it, all others get SIGPWR.
    private func haltSignal(of process: ProcessIdentity, _ name: String) -> Int32 {
        let configuration = Files.text(ContainerRecords(name, layout: layout).configuration) ?? ""
        let lines = configuration.split(separator: "\n").compactMap { LXCConfiguration.Line(String($0)) }
        if let configured = lines.last(where: { $0.key == "lxc.signal.halt" }).flatMap({ SignalName.number($0.value) })
        {
            return configured
        }
        let systemd = pv_real_time_signal(3)
        let status = Files.text("/proc/\(process.pid)/status") ?? ""
        let blocked = status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
        let mask = blocked.flatMap { UInt64($0.dropFirst("SigBlk:".count).filter { !$0.isWhitespace }, radix: 16) } ?? 0
        return mask & (1 << UInt64(systemd - 1)) != 0 ? systemd : SIGPWR
    }

    package func freeze(_ name: String) async throws(DriverError) { try await setFrozen(true, name) }
    package func thaw(_ name: String) async throws(DriverError) { try await setFrozen(false, name) }

    /// A frozen process takes no signal.
    func thawBeforeItEnds(_ name: String) async {
        do throws(DriverError) {
            try await thaw(name)
        } catch {
            // It may have ended by itself by now; if not, it is killed with its groups.
            logger.debug("could not thaw", metadata: ["container": "\(name)", "error": "\(error)"])
        }
    }

    private func setFrozen(_ isFrozen: Bool, _ name: String) async throws(DriverError) {
        guard let process = ContainerRecords(name, layout: layout).initProcess, process.isAlive else {
            throw DriverError(isFrozen ? "FreezeContainer" : "ThawContainer", name, "it does not run")
        }
        try await threads.run { () throws(DriverError) in
            try self.groups.setFrozen(isFrozen, name, process)
        }
    }
}

/// Signals as `lxc.signal.*` names them: `SIGPWR`, `SIGRTMIN+3`, `30`.
enum SignalName {
    static func number(_ text: String) -> Int32? {
        if let number = Int32(text) { return number }
        if text.hasPrefix("SIGRTMIN+") { return Int32(text.dropFirst("SIGRTMIN+".count)).map(pv_real_time_signal) }
        return names[text]
    }

    private static let names: [String: Int32] = [
        "SIGHUP": SIGHUP, "SIGINT": SIGINT, "SIGQUIT": SIGQUIT, "SIGKILL": SIGKILL, "SIGTERM": SIGTERM,
        "SIGUSR1": SIGUSR1, "SIGUSR2": SIGUSR2, "SIGPWR": SIGPWR, "SIGWINCH": SIGWINCH, "SIGCONT": SIGCONT,
        "SIGSTOP": SIGSTOP, "SIGALRM": SIGALRM, "SIGABRT": SIGABRT,
    ]
}
