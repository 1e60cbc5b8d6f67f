import CShims
import Drivers
import Glibc
import LinuxDrivers

/// `pantavisor` as the first process: never returns.
func runFirstProcess() -> Never {
    openStandardDescriptors()
    umask(0o022)
    chdir("/")
    signal(SIGPIPE, SIG_IGN)
    // Before anything can send one.
    SignalSet([SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGPWR, SIGUSR1, SIGUSR2]).block()
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1)
    setenv("HOME", "/root", 0)
    let problems = EarlyMount.all.compactMap { $0.mount() }
    linkDescriptorNames()
    // A debugger's output must not be thinned out by the kernel.
    _ = Files.poke("/proc/sys/kernel/printk_devkmsg", "on\n")
    let machine = Machine()
    for problem in problems { machine.log.fail("early mounts: \(problem)") }
    machine.end(machine.live())
}

extension Machine {
    /// How a machine ends.
    enum Ending: Equatable {
        case reboot
        case powerOff
    }

    /// Everything from the early mounts to the wish to end.
    func live() -> Ending {
        prepare()
        do throws(BootFailure) {
            switch machine.mode {
            case .embedded, .appengine:
                try mountStorage()
                readStoredSettings()
                return try supervise()
            case .standalone:
                return waitWithShell()
            }
        } catch {
            return giveUp("\(error)")
        }
    }

    /// What the storage has to say of the watchdog's time could not be read before.
    private func readStoredSettings() {
        let sources = SettingSources(commandLine: commandLine, environment: environmentVariables())
        watchdog.take(timeout: ComposedSettings(sources).settings.machine.watchdogTimeout)
    }

    var coldplug: Coldplug { Coldplug { self.run($0, $1) } }

    /// Steps that a machine can do without if it must.
    private func prepare() {
        pv_take_ctrl_alt_del()
        for directory in ["/tmp", "/root", "/var", "/var/lib", "/storage", "/volumes", "/exports"] {
            mkdir(directory, directory == "/root" ? 0o700 : 0o755)
        }
        chmod("/tmp", 0o1777)
        if machine.loadsDriversEarly {
            if Files.exists(Coldplug.program) {
                Coldplug.makeNodes(release: Files.text("/proc/sys/kernel/osrelease")?.firstWord ?? "")
                log.note("modules: looked for those of \(coldplug.load()) kinds of devices")
                if !machine.storageType.isEmpty { _ = run(Coldplug.program, ["-b", "-q", machine.storageType]) }
            } else {
                log.warn("modules: there is no \(Coldplug.program), so none is loaded")
            }
        }
        watchdog.settle()
        for problem in machine.sysctls.compactMap({ $0.apply() }) { log.warn("sysctl: \(problem)") }
        ControlGroupMounts(wish: machine.controlGroups, commandLine: commandLine, log: log).mount()
        if machine.mountsSecurityFilesystem, let problem = EarlyMount.security.mount() {
            log.warn("early mounts: \(problem)")
        }
        for problem in Network.bringUp(machine) { log.warn("network: \(problem)") }
        startHooks()
        shell.offer()
        log.note("early boot is done")
    }

    /// Starts what lies in hooks_early.spawn, by name; nobody waits for it.
    private func startHooks() {
        let directory = "\(machine.libraries)/pv/hooks_early.spawn"
        for name in Files.names(in: directory) {
            let path = "\(directory)/\(name)"
            guard access(path, X_OK) == 0, !Files.isDirectory(path) else { continue }
            var pid: pid_t = 0
            let result = withWords([path]) { pv_spawn_session(&pid, path, $0, pv_environment(), nil, -1) }
            if result != 0 { log.warn("\(path): \(String(cString: strerror(result)))") }
        }
    }

    private func supervise() throws(BootFailure) -> Ending {
        do throws(DriverError) {
            try Files.makeDirectories(settings.run)
            let control = try listenOnControlSocket(settings.layout.controlSocket)
            try NobodyDirectory.refresh(settings.layout)
            let logs = try LogCompanion(settings, runtimeArguments, report: { [log] in log.warn($0) })
            defer { logs?.stop() }
            let rule = DeathCount.Rule.within(machine.deathsWindow.milliseconds, machine.toleratedDeaths)
            var supervisor = Supervisor(
                arguments: runtimeArguments, control: control, deaths: rule, watchdog: watchdog,
                companion: logs?.companion, stopLimit: Self.stopLimit.milliseconds,
                childEnded: { self.shell.childEnded($0, $1) },
                report: { [log] in log.warn($0) }, note: { [log] in log.note($0) })
            let end = try supervisor.run(until: [SIGTERM, SIGINT, SIGPWR, SIGUSR1, SIGUSR2])
            close(control)
            return Self.ending(after: end)
        } catch {
            throw BootFailure("runtime", "\(error)")
        }
    }

    /// How long a runtime may take to stop everything.
    private static let stopLimit = Duration.seconds(90)

    /// The signals are those that other init systems take.
    static func ending(after end: Supervisor.End) -> Ending {
        switch end {
        case .reboot, .gaveUp: .reboot
        case .powerOff: .powerOff
        case .stopped(let signal), .abandoned(let signal):
            [SIGUSR1, SIGUSR2, SIGPWR].contains(signal) ? .powerOff : .reboot
        }
    }

    /// Only a shell, until a signal asks for the end.
    private func waitWithShell() -> Ending {
        if !shell.isAvailable { log.fail("standalone: there is no shell to offer; see PV_DEBUG_SHELL") }
        let signals = SignalSet([SIGCHLD, SIGTERM, SIGINT, SIGPWR, SIGUSR1, SIGUSR2])
        while true {
            let (signal, _) = signals.wait(until: watchdog.nextLook)
            watchdog.look(at: now)
            reap()
            if signal != 0, signal != SIGCHLD { return Self.ending(after: .stopped(signal: signal)) }
        }
    }

    /// Says why, lets somebody look, and reboots, so that a loader can go back to what worked.
    private func giveUp(_ reason: String) -> Ending {
        log.fail("this machine cannot come up: \(reason)")
        let offer = shell.isAvailable ? "; ENTER opens a shell" : ""
        log.fail("it reboots in \(Self.reprieve.components.seconds) s\(offer)")
        wait(Self.reprieve) { shell.isOpen }
        return .reboot
    }

    private static let reprieve = Duration.seconds(10)
}

extension String {
    fileprivate var firstWord: String { String(prefix { !$0.isWhitespace }) }
}
