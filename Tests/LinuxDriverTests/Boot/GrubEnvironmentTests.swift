import Drivers
import Testing

@testable import LinuxDrivers

@Suite struct GrubEnvironmentTests {
    @Test func `a block is a header, lines and padding of 1024 bytes`() throws {
        var variables = BootVariables()
        variables.setTry("1", keeping: "0")
        let bytes = try #require(GrubEnvironment.bytes(of: variables, size: 1024))
        let text = "# GRUB Environment Block\npv_rev=0\npv_try=1\n"
        #expect(bytes == Array(text.utf8) + [UInt8](repeating: 0x23, count: 1024 - text.utf8.count))
        #expect(GrubEnvironment.variables(of: bytes) == variables)
    }

    @Test(arguments: ["", "pv_rev=0\n###", "# GRUB Environment Block\npv_rev", "# GRUB Environment Block\n=x\n#"])
    func `anything else is damaged`(_ text: String) {
        #expect(GrubEnvironment.variables(of: Array(text.utf8)) == nil)
    }

    @Test func `one that does not fit is refused`() {
        var variables = BootVariables()
        variables.append("a", String(repeating: "x", count: 1024 - GrubEnvironment.header.count - 3))
        #expect(GrubEnvironment.bytes(of: variables, size: 1024)?.count == 1024)
        variables.append("b", "")
        #expect(GrubEnvironment.bytes(of: variables, size: 1024) == nil)
    }

    @Test func `a longer file, as upstream's reset leaves it, keeps its length`() throws {
        let scratch = try Scratch()
        let old = "# GRUB Environment Block\npv_rev=4\n"
        let path = try scratch.file("grubenv", Array(old.utf8) + [UInt8](repeating: 0x23, count: 4096 - old.utf8.count))
        let store = GrubStore(path, medium: LinuxBootMedium(hasLoader: false))
        try store.setTry("5", keeping: "4")
        #expect(try scratch.bytes("grubenv").count == 4096)
        #expect(try store.load().bootState == BootState(revision: "4", tryRevision: "5"))
    }

    @Test(.enabled(if: Tool.areThere("grub-editenv"), "needs grub-common"))
    func `what is written here, grub-editenv reads, and the reverse`() throws {
        let scratch = try Scratch()
        let path = "\(scratch.path)/grubenv"
        let store = GrubStore(path, medium: LinuxBootMedium(hasLoader: false))
        try store.setTry("locals/x", keeping: "0")
        #expect(try Tool.run("grub-editenv", path, "list") == "pv_rev=0\npv_try=locals/x\n")
        try Tool.run("grub-editenv", path, "set", #"odd=back\slash"#, "pv_try=7", "pv_trying=7")
        #expect(try store.load()["odd"] == #"back\slash"#)
        #expect(try store.load().bootState == BootState(revision: "0", tryRevision: "7"))
        try store.setTry(nil, keeping: "7")
        #expect(try Tool.run("grub-editenv", path, "list") == "pv_rev=7\npv_try=\nodd=back\\slash\n")
        #expect(try scratch.bytes("grubenv").count == 1024)
    }
}
