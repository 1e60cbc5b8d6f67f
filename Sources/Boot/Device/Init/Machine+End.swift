import CShims
import Drivers
import Glibc
import LinuxDrivers

extension Machine {
    /// Ends the machine: every process, every mount, then the power or a new start.
    func end(_ ending: Ending) -> Never {
        watchdog.ends()
        waitForOpenShell()
        shell.close()
        log.fail(ending == .reboot ? "the machine reboots" : "the machine powers off")
        killEverything()
        unmountEverything()
        sync()
        if ending == .powerOff {
            watchdog.disarm()
            pv_power_off()
            log.fail("the kernel cannot power off: \(String(cString: strerror(errno)))")
        }
        pv_reboot(ending == .reboot ? restartArgument : nil)
        log.fail("the kernel cannot reboot: \(String(cString: strerror(errno)))")
        // The last two ways out: the kernel's own key, and a watchdog that nobody pets.
        _ = Files.poke("/proc/sysrq-trigger", "b")
        while true { pause() }
    }

    /// What the firmware is to know of the next start, as the runtime left it.
    private var restartArgument: String? {
        let text = (Files.text(RuntimePower.argumentFile(settings.layout)) ?? "").prefix { !$0.isNewline }
        return text.isEmpty || text.utf8.count > 255 ? nil : String(text)
    }

    /// Somebody who is looking for a fault is not thrown out at once.
    private func waitForOpenShell() {
        guard shell.isOpen else { return }
        let limit = max(machine.shellTimeout, deferral)
        log.show("a shell is open: the end is put off until it is closed, for at most \(limit.components.seconds) s")
        wait(limit) { !shell.isOpen }
    }

    /// For how long they asked to be let alone (`DEFER_REBOOT`), as the runtime wrote it down: `<run>/journal`.
    private var deferral: Duration {
        let text = Files.text("\(settings.layout.journal)/.defer-reboot.json") ?? ""
        let until = Int64(text.prefix { $0.isASCII && $0.isNumber }) ?? 0
        return .milliseconds(min(max(until - now, 0), 86_400_000))
    }

    /// First a word, then force; each for a bounded time.
    private func killEverything() {
        for (signal, limit) in [(SIGTERM, Duration.seconds(5)), (SIGKILL, .seconds(5))] {
            kill(-1, signal)
            if wait(limit, until: { isAlone }) { return }
        }
        log.warn("some processes do not die")
    }

    /// Orphans become children of the first process, so without children it is alone.
    private var isAlone: Bool { waitpid(-1, nil, WNOHANG) < 0 && errno == ECHILD }

    private func unmountEverything() {
        sync()
        // What is busy may be free when something that lies on it is gone.
        for _ in 0..<8 {
            let points = UnmountOrder.points(of: mounts)
            if points.isEmpty { break }
            var hasProgress = false
            for point in points where umount2(point, withoutFollowing) == 0 { hasProgress = true }
            watchdog.look(at: now)
            if !hasProgress { break }
        }
        for point in UnmountOrder.stubborn(in: mounts) {
            let isReadOnly = mount(nil, point, nil, UInt(MS_REMOUNT | MS_RDONLY), nil) == 0
            log.warn("\(point) cannot be unmounted\(isReadOnly ? " and is read-only now" : ""): somebody uses it")
        }
        let left = UnmountOrder.points(of: mounts)
        log.note(left.isEmpty ? "everything is unmounted" : "still mounted: \(left.joined(separator: " "))")
    }

    private var mounts: [MountTable.Entry] {
        do throws(DriverError) {
            return try MountTable.read()
        } catch {
            log.warn("\(error)")
            return []
        }
    }
}

/// UMOUNT_NOFOLLOW, which is not in the imported headers: a link is not what is mounted.
private let withoutFollowing: Int32 = 8
