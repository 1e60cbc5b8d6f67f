package import Drivers

/// What boots this device (`PV_BOOTLOADER_TYPE`).
package enum BootloaderType: String, Sendable, CaseIterable {
    /// U-Boot with `boot/uboot.txt`, or with the same list alone in flash.
    case uboot
    /// The same, where a FIT image is built into the boot script.
    case ubootPVK = "uboot-pvk"
    /// U-Boot with its own environment.
    case ubootEnvironment = "uboot-env"
    /// The same, and a FIT image in each of two flash partitions.
    case ubootAB = "uboot-ab"
    case rpiab
    case grub
    case systemdBoot = "systemd-boot"
}

package struct BootloaderSettings: Sendable {
    package var layout: Layout
    /// Whether a loader reads the storage without this kernel; false where Pantavisor is its own (appengine).
    package var hasLoader = true
    /// All of the environment is in flash (`PV_BOOTLOADER_MTD_ONLY`).
    package var isInFlashOnly = false
    /// The flash partition with it, or else, where there is one of that name, with what the loader tries
    /// (`PV_BOOTLOADER_MTD_ENV`).
    package var flashEnvironment = "pv-env"
    /// The flash partitions with FIT images (`PV_BOOTLOADER_UBOOTAB_A_NAME` and `_B_NAME`).
    package var fitPartitions = (a: "fitA", b: "fitB")
    /// Where U-Boot's own environment is, and its second copy, empty when there is none: the name of a flash partition or
    /// the path of a block device or a file, and an offset of its own after `@` (`PV_BOOTLOADER_UBOOTAB_ENV_NAME` and
    /// `_ENV_BAK_NAME`).
    package var environment = (first: "", second: "")
    /// In bytes (`PV_BOOTLOADER_UBOOTAB_ENV_OFFSET` and `_SIZE`).
    package var environmentOffset = 0
    package var environmentSize = 0
    /// Where the partition with systemd-boot's entries is mounted.
    package var entriesPartition = "/boot"
    /// The kernel's command line for systemd-boot's entries, beside `pv_rev`.
    package var kernelOptions = ""
    /// What a Raspberry Pi's partitions are called before their number; empty = the disk the firmware booted from.
    package var raspberryPiDisk = ""
    /// What a Raspberry Pi's firmware says of this boot.
    package var raspberryPiFirmware = "/proc/device-tree/chosen/bootloader"
    package var firmwareVariables = "/sys/firmware/efi/efivars"

    package init(layout: Layout) {
        self.layout = layout
    }
}

/// The driver of the loader that boots this device.
///
/// One whose place cannot be found fails at each call: the device runs all the same, and says why it cannot be updated.
package func bootloader(type: BootloaderType, _ settings: BootloaderSettings) -> any BootloaderDriver {
    if settings.hasLoader { Settling.recover(settings.layout.storage) }
    do throws(DriverError) {
        return try makeBootloader(type, settings, LinuxBootMedium(hasLoader: settings.hasLoader))
    } catch {
        return UnreachableBootloader(error: error)
    }
}

/// - Parameters:
///   - medium: files and block devices.
///   - flash: opens a flash partition by its name.
func makeBootloader(
    _ type: BootloaderType, _ settings: BootloaderSettings, _ medium: any BootMedium,
    flash: (_ name: String) throws(DriverError) -> any Flash = { name throws(DriverError) in
        try LinuxFlash(named: name)
    }
) throws(DriverError) -> any BootloaderDriver {
    let files = BootFiles(layout: settings.layout, medium: medium)
    let threads = Threads(limit: 1)
    let directory = "\(settings.layout.storage)/boot"
    switch type {
    case .uboot, .ubootPVK:
        let store: any EnvironmentStore
        if settings.isInFlashOnly {
            store = FlashTextStore(flash: try flash(settings.flashEnvironment))
        } else {
            // Most devices have no such partition.
            let trying = try? flash(settings.flashEnvironment)
            store = UBootTextStore(
                "\(directory)/uboot.txt", size: 65_536, window: 1024, medium: medium, trying: trying)
        }
        return EnvironmentBootloader(store: store, bootsFit: true, files: files, threads: threads)
    case .ubootEnvironment:
        let store = try settings.environmentStore(medium, flash)
        return EnvironmentBootloader(store: store, bootsFit: true, files: files, threads: threads)
    case .ubootAB:
        return UBootABBootloader(
            partitions: [try flash(settings.fitPartitions.a), try flash(settings.fitPartitions.b)],
            store: try settings.environmentStore(medium, flash), files: files, threads: threads)
    case .grub:
        let store = GrubStore("\(directory)/grubenv", medium: medium)
        return EnvironmentBootloader(store: store, bootsFit: false, files: files, threads: threads)
    case .rpiab:
        let store = UBootTextStore("\(directory)/rpiab.txt", size: Sector.size, window: Sector.size, medium: medium)
        return RaspberryPiBootloader(
            paths: try settings.raspberryPiPaths(medium), store: store, files: files, threads: threads)
    case .systemdBoot:
        return SystemdBootloader(
            partition: settings.entriesPartition, options: settings.kernelOptions,
            variables: settings.firmwareVariables, files: files, threads: threads)
    }
}

extension BootloaderSettings {
    fileprivate func environmentStore(
        _ medium: any BootMedium, _ flash: (_ name: String) throws(DriverError) -> any Flash
    ) throws(DriverError) -> UBootEnvironmentStore {
        guard (16...(1 << 20)).contains(environmentSize) else {
            throw DriverError(
                "OpenBootEnvironment", environment.first,
                "PV_BOOTLOADER_UBOOTAB_ENV_SIZE is \(environmentSize); give the size U-Boot was built with, in bytes")
        }
        var regions: [any EnvironmentRegion] = []
        for text in [environment.first, environment.second] where !text.isEmpty {
            let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
            guard let name = parts.first, !name.isEmpty,
                let offset = parts.count == 2 ? parts[1].bytes : environmentOffset
            else {
                throw DriverError(
                    "OpenBootEnvironment", text, "not the place of an environment; give NAME or NAME@OFFSET")
            }
            if name.hasPrefix("/") {
                regions.append(BlockRegion(path: name, offset: offset, size: environmentSize, medium: medium))
            } else {
                regions.append(FlashRegion(flash: try flash(name), offset: offset, size: environmentSize))
            }
        }
        guard !regions.isEmpty else {
            throw DriverError(
                "OpenBootEnvironment", "", "PV_BOOTLOADER_UBOOTAB_ENV_NAME is empty; say where U-Boot's environment is")
        }
        return UBootEnvironmentStore(copies: regions)
    }

    fileprivate func raspberryPiPaths(_ medium: any BootMedium) throws(DriverError) -> RaspberryPiBootloader.Paths {
        let disk = raspberryPiDisk.isEmpty ? try bootedDisk(medium) : raspberryPiDisk
        return RaspberryPiBootloader.Paths(
            selector: disk + "1", partition: { "\(disk)\($0)" }, firmware: raspberryPiFirmware,
            booted: "\(layout.run)/rpiab-booted")
    }

    /// The firmware's boot mode, a big-endian number (raspberrypi.com, `BOOT_ORDER`).
    private func bootedDisk(_ medium: any BootMedium) throws(DriverError) -> String {
        let path = "\(raspberryPiFirmware)/boot-mode"
        switch try medium.read(path, limit: 4)?.last {
        case 1: return "/dev/mmcblk0p"
        case 4: return "/dev/sda"
        case 6: return "/dev/nvme0n1p"
        case let mode:
            throw DriverError(
                "OpenBootPartition", path,
                mode.map { "boot mode \($0) is neither an SD card (1), USB storage (4) nor NVMe (6)" }
                    ?? "the firmware does not say what it booted from; is this a Raspberry Pi?")
        }
    }
}

/// A loader whose environment could not be found.
private struct UnreachableBootloader: BootloaderDriver {
    let error: DriverError

    func state() async throws(DriverError) -> BootState { throw error }
    func install(_ image: BootImage) async throws(DriverError) { throw error }
    func setTry(_ revision: String, keeping: String) async throws(DriverError) { throw error }
    func clearTry() async throws(DriverError) { throw error }
    func commit(_ revision: String) async throws(DriverError) { throw error }
}

extension String {
    /// A number in decimal, or in hexadecimal after `0x`.
    fileprivate var bytes: Int? {
        let number = hasPrefix("0x") ? Int(dropFirst(2), radix: 16) : Int(self)
        return number.flatMap { $0 >= 0 ? $0 : nil }
    }
}
