import Drivers
import FakeDrivers
import Foundation
import Synchronization
import Testing

@testable import LinuxDrivers

/// A device whose loader is played on the bytes that the driver left.
final class MediumBootDevice: BootDevice {
    let `case`: BootCase
    let medium: any BootMedium
    let directory: String
    let settings: BootloaderSettings
    let loader: Mutex<LoaderModel>
    private let limits: (flashBlock: Int, flashSize: Int) = (4096, 65_536)

    static let environmentSize = 4096

    var memory: MemoryMedium? { medium as? MemoryMedium }

    init(_ case: BootCase) throws {
        self.case = `case`
        switch `case`.medium {
        case .memory:
            medium = MemoryMedium()
            directory = "/device"
        case .files:
            medium = LinuxBootMedium(hasLoader: false)
            directory = "/tmp/pv-boot-\(UUID().uuidString.prefix(8))"
        }
        settings = MediumBootDevice.settings(directory, `case`.loader)
        loader = Mutex(LoaderModel(`case`.loader == .systemdBoot ? .counts : .remembers))
        for path in [settings.layout.storage, settings.layout.run, settings.entriesPartition, directory] {
            try medium.makeDirectories(path)
        }
        try deliver()
    }

    private init(_ other: MediumBootDevice, _ medium: MemoryMedium) {
        `case` = other.case
        self.medium = medium
        directory = other.directory
        settings = other.settings
        loader = Mutex(other.loader.withLock { $0 })
    }

    /// The same device again, with its own storage.
    func copy() throws -> MediumBootDevice { MediumBootDevice(self, try #require(memory).copy()) }

    private static func settings(_ directory: String, _ loader: BootCase.Loader) -> BootloaderSettings {
        var settings = BootloaderSettings(
            layout: Layout(storage: "\(directory)/storage", run: "\(directory)/run"))
        settings.hasLoader = false
        settings.environment = ("\(directory)/env@0x1000", "\(directory)/env@0x4000")
        if loader == .ubootAB { settings.environment = ("uenv", "uenv2") }
        settings.environmentSize = environmentSize
        settings.entriesPartition = "\(directory)/esp"
        // Longer than a sector, so that half an entry is one that could be booted.
        settings.kernelOptions = "panic=2 " + String(repeating: "x", count: 600)
        settings.raspberryPiDisk = "\(directory)/disk"
        settings.raspberryPiFirmware = "\(directory)/firmware"
        settings.firmwareVariables = "\(directory)/efivars"
        return settings
    }

    // MARK: - As delivered

    private func deliver() throws {
        let factory = try add("0")
        switch `case`.loader {
        case .fake, .uboot, .grub: break
        case .ubootFlash: try addFlash("pv-env")
        case .ubootEnvironment: try addEnvironment()
        case .ubootAB:
            for name in ["fitA", "fitB"] { try addFlash(name) }
            let image = FitHeader.bytes(of: "0") + Array(MediumBootDevice.kernel("0").utf8)
            try flash("fitA").update(at: 0, with: image)
            try addEnvironment()
        case .rpiab:
            let autoboot = Autoboot.text(normal: 2, trying: 3)
            try write("disk1", TinyFAT.image([("autoboot.txt", autoboot)]))
            try write("disk2", MediumBootDevice.bootImage("0"))
            try write("disk3", [UInt8](repeating: 0, count: 2 * TinyFAT.size))
        case .systemdBoot:
            let files = "\(settings.entriesPartition)/pantavisor/0"
            try medium.makeDirectories(files)
            try medium.copy("\(settings.layout.trail("0"))/bsp/kernel.img", to: "\(files)/pv-kernel.img")
            let entry = BootEntry(revision: "0", generation: 1)
            let text = entry.text(
                kernel: "/pantavisor/0/pv-kernel.img", initrds: [], deviceTree: nil, options: "panic=2")
            try medium.makeDirectories("\(settings.entriesPartition)/loader/entries")
            try medium.append(text, to: "\(settings.entriesPartition)/loader/entries/\(entry.fileName)")
        }
        // For the loaders that read the trails.
        for (name, file) in factory.links {
            try medium.link(file, as: ".pv/\(name)", in: settings.layout.trail("0"))
        }
    }

    private func addFlash(_ name: String) throws {
        try write(name, [UInt8](repeating: 0xFF, count: limits.flashSize))
    }

    private func addEnvironment() throws {
        var variables = BootVariables()
        variables.append("bootcmd", "run pv_boot")
        variables.append("pv_rev", "0")
        for (copy, flag) in zip(environmentCopies, [UInt8(1), 0]) {
            let bytes = try #require(
                UBootEnvironment(flag: flag, variables: variables).bytes(size: Self.environmentSize))
            let present = try medium.size(of: "\(directory)/\(copy.name)") ?? 0
            try write(copy.name, [UInt8](repeating: 0xFF, count: copy.offset - present) + bytes)
        }
    }

    /// Where U-Boot has its environment.
    var environmentCopies: [(name: String, offset: Int)] {
        `case`.loader == .ubootAB ? [("uenv", 0), ("uenv2", 0)] : [("env", 0x1000), ("env", 0x4000)]
    }

    private func write(_ name: String, _ bytes: [UInt8]) throws {
        try medium.append(bytes, to: "\(directory)/\(name)")
    }

    func flash(_ name: String) -> FileFlash {
        FileFlash(
            name: name, size: name.hasPrefix("uenv") ? limits.flashBlock : limits.flashSize,
            eraseSize: limits.flashBlock, isNOR: true, path: "\(directory)/\(name)",
            medium: medium)
    }

    // MARK: - Revisions

    static func kernel(_ revision: String) -> String { "kernel of \(revision)\n" }

    static func bootImage(_ revision: String) -> [UInt8] {
        TinyFAT.image([("kernel.img", Array(kernel(revision).utf8))])
    }

    func add(_ revision: String) throws -> BootImage {
        let trail = settings.layout.trail(revision)
        try medium.makeDirectories("\(trail)/bsp")
        let kernel = Array(MediumBootDevice.kernel(revision).utf8)
        var image = BootImage(revision: revision)
        func file(_ name: String, _ bytes: [UInt8]) throws -> String {
            if try medium.size(of: "\(trail)/bsp/\(name)") == nil {
                try medium.append(bytes, to: "\(trail)/bsp/\(name)")
            }
            return "bsp/\(name)"
        }
        switch `case`.loader {
        case .rpiab: image.rpiab = try file("rpiboot.img", MediumBootDevice.bootImage(revision))
        case .ubootAB: image.fit = try file("pantavisor.fit", kernel + Array(repeating: 1, count: 9000))
        default:
            image.kernel = try file("kernel.img", kernel)
            image.initrd = try file("initrd.img", Array("initrd of \(revision)\n".utf8))
            image.addons = [try file("addon.xz", [7, 7])]
            image.fdt = try file("board.dtb", [9])
        }
        return image
    }

    func nextRuntime() -> any BootloaderDriver {
        let type: BootloaderType =
            switch `case`.loader {
            case .fake, .uboot, .ubootFlash: .uboot
            case .ubootEnvironment: .ubootEnvironment
            case .ubootAB: .ubootAB
            case .grub: .grub
            case .rpiab: .rpiab
            case .systemdBoot: .systemdBoot
            }
        var settings = settings
        settings.isInFlashOnly = `case`.loader == .ubootFlash
        do {
            return try makeBootloader(type, settings, medium) { name throws(DriverError) in
                guard try medium.size(of: "\(directory)/\(name)") != nil else {
                    throw DriverError("OpenFlash", name, "there is no such flash")
                }
                return flash(name)
            }
        } catch {
            Issue.record("the driver could not be made: \(error)")
            return FakeDrivers(FakeWorld()).bootloader
        }
    }

    // MARK: - Accidents

    /// Where the loader's variables are, and how many bytes of it are Pantavisor's.
    private var stored: (path: String, offset: Int)? {
        switch `case`.loader {
        case .fake: nil
        case .uboot: ("\(settings.layout.storage)/boot/uboot.txt", 0)
        case .grub: ("\(settings.layout.storage)/boot/grubenv", 0)
        case .ubootFlash: ("\(directory)/pv-env", 0)
        case .ubootEnvironment, .ubootAB: ("\(directory)/\(environmentCopies[0].name)", environmentCopies[0].offset)
        case .rpiab: ("\(directory)/disk1", 4 * 512)
        case .systemdBoot: ("\(settings.entriesPartition)/loader/entries/pantavisor-0.conf", 0)
        }
    }

    var repairs: Bool { ![.ubootEnvironment, .ubootAB].contains(`case`.loader) }

    func damage() throws -> Bool {
        guard let (path, offset) = stored else { return false }
        let garbage = Array(String(repeating: "garbage\u{1}\n", count: 9).utf8)
        try medium.overwrite(path, at: offset, with: garbage)
        if `case`.loader == .ubootEnvironment || `case`.loader == .ubootAB {
            let second = environmentCopies[1]
            try medium.overwrite("\(directory)/\(second.name)", at: second.offset, with: garbage)
        }
        return true
    }

    func addForeign() throws -> Bool {
        switch `case`.loader {
        case .fake, .ubootEnvironment, .ubootAB: return `case`.loader != .fake  // bootcmd is there from the start
        case .uboot: try medium.overwrite(try #require(stored).path, at: 0, with: MediumBootDevice.list)
        case .ubootFlash:
            let end = MediumBootDevice.list.count
            let old = try medium.read("\(directory)/pv-env", at: 0, count: end + 64) ?? []
            try medium.overwrite("\(directory)/pv-env", at: 0, with: MediumBootDevice.list + old.dropFirst(end))
        case .grub:
            let lines = Array("# GRUB Environment Block\npv_rev=0\nsaved_entry=a=b\n".utf8)
            try medium.overwrite(try #require(stored).path, at: 0, with: lines)
        case .rpiab:
            try FATVolume("\(directory)/disk1", medium: medium)?.write("config.txt", Array("uart=1\n".utf8))
        case .systemdBoot:
            try medium.append([1], to: "\(settings.entriesPartition)/loader/entries/debian.conf")
        }
        return true
    }

    private static let list = Array("pv_rev=0\0pv_trying_hard=no\0oem=a=b\0\0".utf8)

    func hasForeign() throws -> Bool {
        func holds(_ path: String, _ text: String) throws -> Bool {
            String(decoding: try medium.read(path, limit: 1 << 20) ?? [], as: UTF8.self).contains(text)
        }
        return switch `case`.loader {
        case .fake: true
        case .uboot, .ubootFlash:
            try holds(try #require(stored).path, "pv_trying_hard=no\0oem=a=b\0\0")
        case .ubootEnvironment, .ubootAB:
            try holds("\(directory)/\(environmentCopies[0].name)", "bootcmd=run pv_boot\0")
                && holds("\(directory)/\(environmentCopies[1].name)", "bootcmd=run pv_boot\0")
        case .grub: try holds(try #require(stored).path, "\nsaved_entry=a=b\n#")
        case .rpiab:
            try FATVolume("\(directory)/disk1", medium: medium)?.read("config.txt") == Array("uart=1\n".utf8)
        case .systemdBoot:
            try medium.read("\(settings.entriesPartition)/loader/entries/debian.conf", limit: 9) == [1]
        }
    }

    func fill() throws -> Bool {
        memory?.fill(settings.layout.storage + "/", settings.entriesPartition + "/")
        return memory != nil
    }

    var steps: Int? { memory?.steps }

    func tearDown() {}

    deinit {
        // What cannot be removed is left in /tmp.
        if `case`.medium == .files { try? FileManager.default.removeItem(atPath: directory) }
    }
}
