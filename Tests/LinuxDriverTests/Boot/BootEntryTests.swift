import Testing

@testable import LinuxDrivers

@Suite struct BootEntryTests {
    @Test(
        arguments: [
            ("3", nil, "pantavisor-3.conf"), ("locals/x", nil, "pantavisor-locals_2fx.conf"),
            ("3", BootEntry.Counter(left: 1, done: 0), "pantavisor-3+1.conf"),
            ("A_b.c+1", BootEntry.Counter(left: 0, done: 1), "pantavisor-_41_5fb_2ec_2b1+0-1.conf"),
        ] as [(String, BootEntry.Counter?, String)])
    func `the name holds revision and counter`(_ revision: String, _ counter: BootEntry.Counter?, _ name: String) {
        #expect(BootEntry(revision: revision, counter: counter, generation: 0).fileName == name)
        #expect(BootEntry(fileName: name) == BootEntry(revision: revision, counter: counter, generation: 0))
        // FAT may show it in capitals.
        #expect(BootEntry(fileName: name.uppercased())?.revision == revision)
    }

    @Test(arguments: [
        "debian.conf", "pantavisor-.conf", "pantavisor-3.conf.new", "pantavisor-3+x.conf", "pantavisor-3+.conf",
        "pantavisor-3+1-.conf", "pantavisor-a_zz.conf", "pantavisor-a_2.conf", "pantavisor-a b.conf",
        "pantavisor-3.efi",
    ])
    func `other names are not ours`(_ name: String) {
        #expect(BootEntry(fileName: name) == nil)
    }

    @Test func `an entry is one of the Boot Loader Specification`() {
        let text = BootEntry(revision: "locals/x", generation: 7).text(
            kernel: "/pantavisor/a/pv-kernel.img", initrds: ["/pantavisor/a/pv-initrd.img", "/pantavisor/a/b"],
            deviceTree: "/pantavisor/a/pv-fdt.dtb", options: "panic=2 quiet")
        #expect(
            String(decoding: text, as: UTF8.self) == """
                title Pantavisor locals/x
                sort-key pantavisor
                version 7
                linux /pantavisor/a/pv-kernel.img
                initrd /pantavisor/a/pv-initrd.img
                initrd /pantavisor/a/b
                devicetree /pantavisor/a/pv-fdt.dtb
                options panic=2 quiet pv_rev=locals/x

                """)
        #expect(BootEntry.values(of: "initrd", in: text) == ["/pantavisor/a/pv-initrd.img", "/pantavisor/a/b"])
        #expect(BootEntry.values(of: "version", in: Array("version \t 12 \r\n".utf8)) == ["12"])
    }
}
