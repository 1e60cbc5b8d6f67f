import CShims
import Drivers
import Glibc
import LinuxDrivers

extension Machine {
    private static let checker = "/sbin/e2fsck"
    /// A large disk that was switched off in the middle of things takes its time.
    private static let checkLimit = Duration.seconds(1800)

    /// Finds, mends, mounts and grows the storage.
    func mountStorage() throws(BootFailure) {
        let target = settings.storage
        do throws(DriverError) {
            try Files.makeDirectories(target)
        } catch {
            throw BootFailure("storage", "\(error)")
        }
        if machine.storageMountType.isEmpty {
            let found = try waitForStorage()
            try check(found)
            try mount(found, at: target)
            grow(found, at: target)
        } else {
            try mountByHook(machine.storageMountType, at: target)
        }
        // Where the loader's environment lies; a full storage has it already.
        mkdir("\(target)/boot", 0o755)
        mountBootPartition()
        mountLogs()
    }

    private func waitForStorage() throws(BootFailure) -> StorageDevice.Found {
        guard let source = machine.storageDevice else {
            throw BootFailure(
                "storage", "PV_STORAGE_DEVICE is not set: say which device holds it, as \(StorageSource.form)")
        }
        // Asked for before the first look, so that nothing appears in between unseen.
        let events = UEvents()
        let deadline = now + machine.storageWait.milliseconds
        var mustLook = true
        while true {
            if mustLook, let found = StorageDevice.find(source) { return found }
            guard now < deadline else { break }
            let news = events.wait(milliseconds: slice(until: deadline))
            if machine.loadsDriversEarly { coldplug.load(news.compactMap(\.alias)) }
            mustLook = news.contains(where: \.bringsBlockDevice)
            reap()
        }
        let devices = Files.names(in: "/sys/class/block").joined(separator: " ")
        throw BootFailure(
            "storage",
            "\(source) did not appear within \(machine.storageWait.components.seconds) s (PV_STORAGE_WAIT); "
                + (devices.isEmpty ? "there is no block device at all" : "there are: \(devices)"))
    }

    private func check(_ found: StorageDevice.Found) throws(BootFailure) {
        let type = machine.storageType
        guard type.isEmpty || type.hasPrefix("ext"), Files.exists(Self.checker) else { return }
        var result = FilesystemCheck(outcome: run(Self.checker, ["-p", found.path], within: Self.checkLimit))
        if !result.isUsable {
            // What it does not dare without being asked: there is nobody to ask, and without storage there is no device.
            log.warn("storage: \(found.path) \(result); trying everything")
            result = FilesystemCheck(outcome: run(Self.checker, ["-y", found.path], within: Self.checkLimit))
        }
        guard result.isUsable || result == .mendedNeedsReboot else {
            throw BootFailure("storage", "\(found.path) \(result)")
        }
        let news = "storage: \(found.path) \(result)"
        if result == .clean { log.note(news) } else { log.warn(news) }
    }

    private func mount(_ found: StorageDevice.Found, at target: String) throws(BootFailure) {
        // Mending may have brought back what was not there before.
        let isExt = StorageDevice.superblock(of: found.path) != nil
        let type = machine.storageType.isEmpty ? (isExt ? "ext4" : "") : machine.storageType
        guard !type.isEmpty else {
            throw BootFailure("storage", "\(found.path) holds no ext4; name what it holds in PV_STORAGE_FSTYPE")
        }
        // Errors later on must not bring the machine down: what runs goes on, and nothing is made worse.
        let options = type == "ext4" ? "errors=remount-ro" : nil
        guard Glibc.mount(found.path, target, type, UInt(MS_NOATIME), options) == 0 else {
            throw BootFailure("storage", "\(found.path) as \(type): \(String(cString: strerror(errno)))")
        }
        log.note("storage: \(found.path) is mounted on \(target) as \(type)")
    }

    private func mountByHook(_ type: String, at target: String) throws(BootFailure) {
        let hook = "/btools/pvmnt.\(type)"
        let code = run(hook, [target], within: machine.storageWait + .seconds(600))
        guard code == 0, isMounted(target) else {
            let how = code < 0 ? "was killed by signal \(-code)" : "ended with code \(code)"
            throw BootFailure("storage", "\(hook) \(how)\(code == 0 ? " and mounted nothing on \(target)" : "")")
        }
        log.note("storage: \(hook) mounted \(target)")
    }

    private func isMounted(_ target: String) -> Bool {
        do throws(DriverError) {
            return try MountTable.read().contains { $0.mountPoint == target }
        } catch {
            return false
        }
    }

    /// Uses what the device has to offer; a mounted ext4 grows without a tool.
    private func grow(_ found: StorageDevice.Found, at target: String) {
        guard let superblock = StorageDevice.superblock(of: found.path) else { return }
        do throws(DriverError) {
            let device = try OwnedDescriptor.open(found.path, O_RDONLY, for: "GrowStorage")
            var bytes: UInt64 = 0
            guard pv_device_size(device.number, &bytes) == 0, let blocks = superblock.blocks(onDeviceOf: bytes) else {
                return
            }
            let directory = try OwnedDescriptor.open(target, O_RDONLY | O_DIRECTORY, for: "GrowStorage")
            guard pv_grow_ext4(directory.number, blocks) == 0 else { throw .ofSystem("GrowStorage", target) }
            log.note("storage: grown from \(superblock.blocks) to \(blocks) blocks of \(superblock.blockSize) bytes")
        } catch {
            // It works as it is.
            log.warn("storage: \(error)")
        }
    }

    /// Without it the device runs all the same, and says why it cannot be updated.
    private func mountBootPartition() {
        let device = machine.bootPartition
        guard !device.isEmpty else { return }
        let target = settings.bootloader.entriesPartition
        mkdir(target, 0o755)
        let flags = UInt(MS_NOATIME | MS_NOSUID | MS_NODEV | MS_NOEXEC)
        if Glibc.mount(device, target, "vfat", flags, "umask=0077") == 0 {
            log.note("boot partition: \(device) is mounted on \(target)")
        } else {
            log.fail("boot partition: \(device) (PV_BOOTLOADER_ESP): \(String(cString: strerror(errno)))")
        }
    }

    private func mountLogs() {
        guard !machine.memoryForLogs.isEmpty else { return }
        let target = settings.layout.logs
        mkdir(target, 0o755)
        let flags = UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC)
        if Glibc.mount("tmpfs", target, "tmpfs", flags, "mode=0755,size=\(machine.memoryForLogs)") != 0 {
            log.warn("logs are kept on the storage: \(String(cString: strerror(errno)))")
        }
    }
}
