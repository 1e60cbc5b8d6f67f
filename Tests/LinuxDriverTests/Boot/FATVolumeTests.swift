import Drivers
import Testing

@testable import LinuxDrivers

@Suite(.enabled(if: Tool.areThere("mkfs.fat", "fsck.fat", "mcopy", "mtype"), "needs dosfstools and mtools"))
struct FATVolumeTests {
    private let medium = LinuxBootMedium(hasLoader: false)

    /// A partition as large as its kind of FAT needs.
    private func make(_ kind: String, in scratch: Scratch) throws -> String {
        let size = ["12": 1 << 20, "16": 16 << 20, "32": 64 << 20][kind] ?? 0
        let path = try scratch.file("disk", [UInt8](repeating: 0, count: size))
        try Tool.run("mkfs.fat", "-F", kind, path)
        return path
    }

    @Test(arguments: ["12", "16", "32"]) func `what is written here, mtools reads, and the reverse`(_ kind: String)
        throws
    {
        let scratch = try Scratch()
        let path = try make(kind, in: scratch)
        let autoboot = try scratch.file("autoboot.txt", Autoboot.text(normal: 2, trying: 3))
        try Tool.run("mcopy", "-i", path, autoboot, "::autoboot.txt")
        try Tool.run(
            "mcopy", "-i", path, try scratch.file("big", [UInt8](repeating: 7, count: 100_000)), "::kernel8.img")
        let volume = try #require(try FATVolume(path, medium: medium))
        #expect("\(volume.geometry.kind.rawValue)" == kind)
        #expect(try volume.read("autoboot.txt") == Autoboot.text(normal: 2, trying: 3))
        #expect(try volume.read("nothing.txt") == nil)

        // In place.
        try volume.write("autoboot.txt", Autoboot.text(normal: 3, trying: 2))
        #expect(
            try Tool.run("mtype", "-i", path, "::autoboot.txt").hasPrefix("[all]\ntryboot_a_b=1\nboot_partition=3\n"))
        // New, longer and shorter.
        for text in ["35\n", "35,locals/test\n", "7\n"] {
            try volume.write("pv_rev.txt", Array(text.utf8))
            #expect(try Tool.run("mtype", "-i", path, "::pv_rev.txt") == text)
            #expect(try volume.read("pv_rev.txt") == Array(text.utf8))
        }
        let kernel = "\(scratch.path)/kernel"
        try Tool.run("mcopy", "-i", path, "::kernel8.img", kernel)
        #expect(try scratch.bytes("kernel") == [UInt8](repeating: 7, count: 100_000))
        try Tool.run("fsck.fat", "-n", path)
    }

    @Test(arguments: ["12", "16", "32"]) func `a full directory and a full volume are errors`(_ kind: String) throws {
        let scratch = try Scratch()
        let path = try make(kind, in: scratch)
        let volume = try #require(try FATVolume(path, medium: medium))
        let cluster = volume.geometry.clusterSize
        #expect(throws: DriverError.self) { try volume.write("big.txt", [UInt8](repeating: 1, count: cluster + 1)) }
        var full: DriverError?
        for number in 0..<2000 where full == nil {
            do {
                try volume.write("f\(number).txt", [1])
            } catch {
                full = error
            }
        }
        #expect(full?.errno == 28)
        try Tool.run("fsck.fat", "-n", path)
    }

    @Test func `what is no FAT filesystem is nothing`() throws {
        let scratch = try Scratch()
        let path = try scratch.file("disk", [UInt8](repeating: 0, count: 4096))
        #expect(try FATVolume(path, medium: medium) == nil)
        #expect(throws: DriverError.self) { try FATVolume("\(scratch.path)/none", medium: medium) }
    }

    @Test func `a chain in a circle ends`() throws {
        let scratch = try Scratch()
        let path = try make("16", in: scratch)
        try Tool.run("mcopy", "-i", path, try scratch.file("a", [UInt8](repeating: 7, count: 9000)), "::a.txt")
        let volume = try #require(try FATVolume(path, medium: medium))
        let (offset, _) = volume.geometry.entry(ofCluster: 3)
        try medium.overwrite(path, at: volume.geometry.tables[0] + offset, with: [2, 0])
        #expect(throws: DriverError.self) { try volume.read("a.txt") }
    }
}
