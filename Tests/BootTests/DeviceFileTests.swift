import LinuxDrivers
import Testing

@testable import Boot

@Suite struct DeviceFileTests {
    private func superblock(_ change: (inout [UInt8]) -> Void = { _ in }) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Ext4Superblock.size)
        bytes[0x38] = 0x53
        bytes[0x39] = 0xef
        bytes[0x18] = 2
        bytes[0x05] = 0x10
        bytes.replaceSubrange(0x68..<0x78, with: (0..<16).map { UInt8($0 * 16 + 1) })
        bytes.replaceSubrange(0x78..<0x7e, with: Array("pvroot".utf8))
        change(&bytes)
        return bytes
    }

    @Test func `a superblock tells label, uuid and size`() throws {
        let read = try #require(Ext4Superblock(superblock()))
        #expect(read.label == "pvroot")
        #expect(read.uuid == "01112131-4151-6171-8191-a1b1c1d1e1f1")
        #expect(read.blockSize == 4096)
        #expect(read.blocks == 4096)
        #expect(read.matches(.label("pvroot")))
        #expect(read.matches(.uuid("01112131-4151-6171-8191-a1b1c1d1e1f1")))
        #expect(!read.matches(.label("pvroo")))
        #expect(!read.matches(.path("/dev/vda")))
    }

    @Test func `blocks are counted with 64 bits only where the filesystem does`() {
        #expect(Ext4Superblock(superblock { $0[0x150] = 1 })?.blocks == 4096)
        let wide = superblock { bytes in
            bytes[0x150] = 1
            bytes[0x60] = 0x80
        }
        #expect(Ext4Superblock(wide)?.blocks == 1 << 32 | 4096)
    }

    @Test func `other bytes are no superblock`() {
        #expect(Ext4Superblock([]) == nil)
        #expect(Ext4Superblock([UInt8](repeating: 0, count: 1024)) == nil)
        #expect(Ext4Superblock(superblock { $0[0x18] = 7 }) == nil)
        #expect(Ext4Superblock(Array(superblock().dropLast())) == nil)
    }

    @Test func `a label that is no text is no reason to refuse the rest`() {
        let bytes = superblock { $0.replaceSubrange(0x78..<0x88, with: [UInt8](repeating: 255, count: 16)) }
        #expect(Ext4Superblock(bytes)?.blocks == 4096)
    }

    @Test func `a filesystem grows when there is a mebibyte to win`() {
        let read = Ext4Superblock(superblock())
        #expect(read?.blocks(onDeviceOf: 16 << 20) == nil)
        #expect(read?.blocks(onDeviceOf: (17 << 20) - 1) == nil)
        #expect(read?.blocks(onDeviceOf: 17 << 20) == 4352)
        #expect(read?.blocks(onDeviceOf: 0) == nil)
    }

    @Test func `the kernel's messages about devices are read`() throws {
        let text = "add@/devices/pci/vda\0ACTION=add\0SUBSYSTEM=block\0MODALIAS=x=y\0"
        let event = try #require(UEvent(Array(text.utf8)))
        #expect(event.action == "add")
        #expect(event.values == ["ACTION": "add", "SUBSYSTEM": "block", "MODALIAS": "x=y"])
        #expect(event.bringsBlockDevice)
        #expect(event.alias == "x=y")
        let removal = try #require(UEvent(Array("remove@/d\0SUBSYSTEM=block\0MODALIAS=x\0".utf8)))
        #expect(!removal.bringsBlockDevice)
        #expect(removal.alias == nil)
        #expect(UEvent(Array("libudev\0".utf8)) == nil)
        #expect(UEvent(Array("@\0".utf8)) == nil)
        #expect(UEvent([]) == nil)
    }

    @Test(arguments: [
        (0, FilesystemCheck.clean), (1, .mended), (2, .mendedNeedsReboot), (3, .mendedNeedsReboot), (4, .damaged),
        (5, .damaged), (8, .couldNotRun("failed with code 8; it says why above")),
        (12, .couldNotRun("failed with code 12; it says why above")), (16, .couldNotRun("does not know its options")),
        (32, .couldNotRun("was cancelled")), (128, .couldNotRun("lacks a library")),
        (-9, .couldNotRun("was killed by signal 9")),
    ])
    func `each code of e2fsck has its meaning`(code: Int, meaning: FilesystemCheck) {
        #expect(FilesystemCheck(outcome: code) == meaning)
    }

    @Test func `the last mounted goes first, and what the end needs stays`() {
        let table = MountTable.parse(
            """
            1 1 0:2 / / rw - rootfs rootfs rw
            20 1 0:4 / /proc rw - proc proc rw
            21 1 0:5 / /dev rw - devtmpfs devtmpfs rw
            22 1 0:6 / /run rw - tmpfs tmpfs rw
            23 1 0:7 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
            30 1 254:0 / /storage rw - ext4 /dev/vda rw
            31 30 0:8 / /storage/logs rw - tmpfs tmpfs rw
            32 1 7:0 / /volumes/a/root.squashfs ro - squashfs /dev/loop0 ro
            33 1 254:0 /disks/perm/a/v /volumes/a/v rw - ext4 /dev/vda rw
            34 33 0:9 / /volumes/a/v rw - tmpfs tmpfs rw
            """)
        #expect(
            UnmountOrder.points(of: table) == [
                "/volumes/a/v", "/volumes/a/v", "/volumes/a/root.squashfs", "/storage/logs", "/storage",
            ])
        #expect(UnmountOrder.stubborn(in: table) == ["/volumes/a/v", "/volumes/a/root.squashfs"])
    }

    @Test func `nodes that load a module when opened are read from the kernel's list`() {
        let table = "# Device nodes\nloop loop-control c10:237\nx ../y c1:1\nfuse fuse c10\nmd md/x b9:0\n"
        #expect(
            Coldplug.nodes(in: table) == [
                Coldplug.Node(name: "loop-control", isBlock: false, major: 10, minor: 237),
                Coldplug.Node(name: "md/x", isBlock: true, major: 9, minor: 0),
            ])
    }

    @Test func `only controllers that are enabled count`() {
        let table = "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t1\t0\npids\t0\t1\t1\nshort\n"
        #expect(ControlGroupMounts.enabled(in: table) == ["pids"])
    }
}

@Suite struct ToolOutputTests {
    @Test func `what a program prints in pieces is logged in lines`() {
        var output = ToolOutput()
        #expect(output.take("one\n\n  \ntw".utf8) == ["one"])
        #expect(output.take("o\rthree".utf8) == ["two"])
        #expect(output.rest() == ["three"])
    }

    @Test func `a program that prints much is cut short`() {
        var output = ToolOutput()
        let lines = output.take(String(repeating: "x\n", count: ToolOutput.mostLines + 7).utf8)
        #expect(lines.count == ToolOutput.mostLines)
        #expect(output.rest() == ["… and 7 more lines"])
    }

    @Test func `a line without an end is cut`() {
        var output = ToolOutput()
        _ = output.take([UInt8](repeating: 120, count: 1 << 20))
        #expect(output.rest().map(\.count) == [400])
    }
}
