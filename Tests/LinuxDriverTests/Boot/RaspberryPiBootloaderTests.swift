import Drivers
import Foundation
import Testing

@testable import LinuxDrivers

/// A Raspberry Pi's disk as other tools make it: FAT partitions, and a compressed boot image.
@Suite(.enabled(if: Tool.areThere("mkfs.fat", "fsck.fat", "mcopy", "mtype", "gzip"), "needs dosfstools and mtools"))
struct RaspberryPiBootloaderTests {
    private let scratch: Scratch
    private let settings: BootloaderSettings

    init() throws {
        let scratch = try Scratch()
        self.scratch = scratch
        var settings = BootloaderSettings(
            layout: Layout(storage: "\(scratch.path)/storage", run: "\(scratch.path)/run"))
        settings.hasLoader = false
        settings.raspberryPiDisk = "\(scratch.path)/disk"
        settings.raspberryPiFirmware = "\(scratch.path)/firmware"
        self.settings = settings
        for directory in [settings.layout.run, settings.raspberryPiFirmware] {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        }
        try scratch.file("firmware/tryboot", [0, 0, 0, 0])
        try partition("disk1", ["autoboot.txt": Autoboot.text(normal: 2, trying: 3)])
        try partition("disk2", ["kernel8.img": Array("kernel of 0\n".utf8)])
        try scratch.file("disk3", [UInt8](repeating: 0, count: 3 << 20))
    }

    private func partition(_ name: String, _ files: [String: [UInt8]]) throws {
        let path = try scratch.file(name, [UInt8](repeating: 0, count: 2 << 20))
        try Tool.run("mkfs.fat", "-F", "12", path)
        for (file, content) in files { try Tool.run("mcopy", "-i", path, try scratch.file(file, content), "::\(file)") }
    }

    private func add(_ revision: String) throws -> BootImage {
        let directory = "\(settings.layout.trail(revision))/bsp"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try partition("image", ["kernel8.img": Array("kernel of \(revision)\n".utf8)])
        try FileManager.default.moveItem(atPath: "\(scratch.path)/image", toPath: "\(directory)/rpiboot.img")
        try Tool.run("gzip", "\(directory)/rpiboot.img")
        return BootImage(revision: revision, rpiab: "bsp/rpiboot.img.gz")
    }

    private func read(_ disk: Int, _ file: String) throws -> String {
        try Tool.run("mtype", "-i", "\(scratch.path)/disk\(disk)", "::\(file)")
    }

    @Test func `an update goes to the other partition, and a commit changes them round`() async throws {
        let driver = bootloader(type: .rpiab, settings)
        try await driver.install(try add("5"))
        #expect(try read(3, "kernel8.img") == "kernel of 5\n")
        #expect(try read(3, "pv_rev.txt").hasPrefix("5\n"))
        try Tool.run("fsck.fat", "-n", "\(scratch.path)/disk3")
        try await driver.setTry("5", keeping: "0")
        let asked = BootState(revision: "0", tryRevision: "5", booted: "0", rebootArgument: "0 tryboot")
        #expect(try await driver.state() == asked)
        #expect(try scratch.bytes("storage/boot/rpiab.txt").prefix(18) == Array("pv_rev=0\0pv_try=5\0".utf8)[...])

        // The firmware obeys.
        try scratch.file("firmware/tryboot", [0, 0, 0, 1])
        try FileManager.default.removeItem(atPath: "\(settings.layout.run)/rpiab-booted")
        let tried = bootloader(type: .rpiab, settings)
        #expect(try await tried.state() == BootState(revision: "0", tryRevision: "5", booted: "5"))
        try await tried.commit("5")
        #expect(try await tried.state() == BootState(revision: "5", booted: "5"))
        #expect(try read(1, "autoboot.txt") == "[all]\ntryboot_a_b=1\nboot_partition=3\n[tryboot]\nboot_partition=2\n")
        // The same boot still runs what it runs, also for a runtime that is new in it.
        #expect(try await bootloader(type: .rpiab, settings).state() == BootState(revision: "5", booted: "5"))

        try await tried.install(try add("6"))
        #expect(try read(2, "kernel8.img") == "kernel of 6\n")
        #expect(try read(3, "kernel8.img") == "kernel of 5\n")
        for disk in 1...3 { try Tool.run("fsck.fat", "-n", "\(scratch.path)/disk\(disk)") }
    }

    @Test func `the same image for another revision is not written again`() async throws {
        let driver = bootloader(type: .rpiab, settings)
        let first = try add("5")
        try await driver.install(first)
        try await driver.setTry("5", keeping: "0")
        let disk = URL(fileURLWithPath: "\(scratch.path)/disk3")
        let before = try Data(contentsOf: disk)
        let trail = settings.layout.trail("6")
        try FileManager.default.createDirectory(atPath: "\(trail)/bsp", withIntermediateDirectories: true)
        try FileManager.default.linkItem(
            atPath: "\(settings.layout.trail("5"))/bsp/rpiboot.img.gz", toPath: "\(trail)/bsp/rpiboot.img.gz")
        try await driver.install(BootImage(revision: "6", rpiab: "bsp/rpiboot.img.gz"))
        let after = try Data(contentsOf: disk)
        let changed = stride(from: 0, to: before.count, by: 512).filter {
            before[$0..<($0 + 512)] != after[$0..<($0 + 512)]
        }
        #expect(changed.count == 1)
        // What is asked to be tried is there until the other is asked for.
        #expect(try read(3, "pv_rev.txt").hasPrefix("5,6\n"))
        try await driver.setTry("6", keeping: "0")
        #expect(try await driver.state().rebootArgument == "0 tryboot")
    }

    @Test func `an update that comes during a try is asked for, too`() async throws {
        let driver = bootloader(type: .rpiab, settings)
        try await driver.install(try add("5"))
        try await driver.setTry("5", keeping: "0")
        try scratch.file("firmware/tryboot", [0, 0, 0, 1])
        try FileManager.default.removeItem(atPath: "\(settings.layout.run)/rpiab-booted")
        let tried = bootloader(type: .rpiab, settings)
        try await tried.install(try add("6"))
        try await tried.setTry("6", keeping: "0")
        let asked = BootState(revision: "0", tryRevision: "6", booted: "5", rebootArgument: "0 tryboot")
        #expect(try await tried.state() == asked)
    }

    @Test func `an image that is larger than the partition is refused`() async throws {
        try scratch.file("disk3", [UInt8](repeating: 0, count: 1 << 20))
        let error = await #expect(throws: DriverError.self) {
            try await bootloader(type: .rpiab, settings).install(try add("5"))
        }
        #expect(error?.errno == 28)
        #expect(try await bootloader(type: .rpiab, settings).state().revision == "0")
    }
}
