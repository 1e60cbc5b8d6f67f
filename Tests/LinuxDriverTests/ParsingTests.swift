import Testing

@testable import LinuxDrivers

struct ParsingTests {
    @Test func `a mount table line becomes an entry`() {
        let line = #"36 35 7:3 / /v/a\040b ro,relatime shared:1 master:2 - squashfs /dev/loop3 ro,errors=continue"#
        let entry = MountTable.Entry(
            id: 36, device: "7:3", root: "/", mountPoint: "/v/a b", filesystem: "squashfs", source: "/dev/loop3",
            options: ["ro", "errors=continue"])
        #expect(MountTable.parse(line + "\nnonsense\n") == [entry])
    }

    @Test func `control group paths may hold colons`() {
        #expect(ControlGroups.parse("4:memory:/a\n0::/b:c\n") == ["memory": "/a", "": "/b:c"])
    }

    @Test func `the words of an LXC error are found`() {
        let line: Substring =
            "pv-lxc-start c1 20261123115342.533 ERROR    start - ../src/lxc/start.c:start:2197 - No such file - Failed"
        #expect(LXCLog.error(in: line) == "No such file - Failed")
        #expect(LXCLog.error(in: "pv-lxc-start c1 20261123115342.533 WARN     start - x - y") == nil)
    }

    @Test func `halt signals are known by name and number`() {
        #expect(["SIGPWR", "30", "SIGRTMIN+3", "SIGNONE"].map(SignalName.number) == [30, 30, 37, nil])
    }
}
