package import Drivers
import Glibc

extension LXCContainers {
    /// Forgets every container that does not run any more, when a new supervisor starts its first runtime.
    ///
    /// A new supervisor is a boot of the device: what ended before is no failure of it and is started again, while
    /// containers that still run are adopted. A runtime that is only restarted has the supervisor of the last one, and
    /// must hear of the ends that it missed.
    package func beginBoot() async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            let marker = "\(self.layout.run)/.supervisor"
            guard let supervisor = ProcessIdentity(pid: Int(getppid())) else { return }
            let identity = "\(supervisor.pid) \(supervisor.ticks)"
            guard Files.text(marker) != identity else { return }
            for name in self.known() where !self.runs(name) {
                try self.removeLeftovers(of: name)
                try Files.removeTree("\(self.layout.journal)/\(name).json")
            }
            try Files.replace(marker, with: identity)
        }
    }

    /// Containers that left anything on tmpfs or in the control groups; names with a dot in front are not containers'.
    private func known() -> Set<String> {
        let journaled = Files.names(in: layout.journal)
            .filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
            .map { String($0.dropLast(".json".count)) }
        return Set(Files.names(in: layout.lxc) + groups.names() + journaled)
    }

    private func runs(_ name: String) -> Bool {
        switch ContainerRecords(name, layout: layout).state {
        case .running, .unfinished: true
        case .absent, .ended: false
        }
    }
}
