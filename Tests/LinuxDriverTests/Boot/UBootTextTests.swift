import Drivers
import Synchronization
import Testing

@testable import LinuxDrivers

@Suite struct UBootTextTests {
    private let format = UBootText(window: 1024)

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `what a try writes is bytes that upstream reads`() throws {
        var variables = try #require(format.variables(of: bytes("pv_rev=0\0\0")))
        variables.setTry("locals/x", keeping: "0")
        #expect(format.bytes(of: variables) == bytes("pv_rev=0\0pv_try=locals/x\0\0"))
        variables.setTry(nil, keeping: "locals/x")
        #expect(format.bytes(of: variables) == bytes("pv_rev=locals/x\0pv_try=\0\0"))
    }

    @Test(arguments: [
        ("pv_rev=0\0\0", BootState(revision: "0")),
        // Upstream puts what it changed last, and sets to nothing what it unsets.
        ("pv_try=\0pv_rev=5\0\0\0\0", BootState(revision: "5")),
        ("pv_rev=5\0pv_try=6\0\0pv_try=7\0", BootState(revision: "5", tryRevision: "6")),
        // Whole keys.
        ("pv_trying=9\0pv_rev=5\0\0", BootState(revision: "5")),
        ("pv_revision=9\0pv_tryst=8\0pv_rev=5\0\0", BootState(revision: "5")),
        ("", .factory), ("\0\0\0", .factory), ("pv_try=3\0\0", BootState(revision: "0", tryRevision: "3")),
        // Nothing closes the list.
        ("pv_rev=5\0pv_try=6", BootState(revision: "5", tryRevision: "6")),
    ])
    func `a list is read`(_ text: String, _ state: BootState) throws {
        #expect(try #require(format.variables(of: bytes(text))).bootState == state)
    }

    @Test func `erased flash holds no variables`() {
        #expect(format.variables(of: [UInt8](repeating: 0xFF, count: 64)) == BootVariables())
    }

    @Test(arguments: ["garbage\0\0", "=x\0\0", "pv_rev=\u{1}\0\0", "pv_rev=ü\0\0", " \0"])
    func `anything else is damaged`(_ text: String) {
        #expect(format.variables(of: bytes(text)) == nil)
    }

    @Test func `a loader reads no farther than the first 1024 bytes`() {
        let long = "a=" + String(repeating: "x", count: 1021) + "\0"
        #expect(format.variables(of: bytes(long + "pv_rev=5\0\0"))?.bootState == .factory)
        var variables = BootVariables()
        variables.append("a", String(repeating: "x", count: 1020))
        #expect(format.bytes(of: variables)?.count == 1024)
        variables.append("b", "")
        #expect(format.bytes(of: variables) == nil)
    }

    @Test func `the two longest names are in the first sector`() throws {
        let longest = String(repeating: "x", count: BootRevision.maximumLength)
        var variables = BootVariables()
        variables.append("other", String(repeating: "y", count: 400))
        variables.setTry(longest, keeping: longest)
        let list = try #require(format.bytes(of: variables))
        let end = try #require(list.firstRange(of: bytes("other="))).lowerBound
        #expect(end <= Sector.size)
    }

    @Test func `a try is asked for anew, and the same one is not`() {
        var variables = BootVariables()
        variables.append("pv_trying", "1")
        variables.setTry("1", keeping: "0")
        #expect(variables["pv_trying"] == nil)
        variables.append("pv_trying", "1")
        let asked = variables
        variables.setTry("1", keeping: "0")
        #expect(variables == asked)
    }
}

/// A flash of one block that counts how often it is erased.
private final class OneBlock: Flash {
    let name = "pv-env"
    let size = 64
    let eraseSize = 64
    let isNOR = true
    private let state: Mutex<(bytes: [UInt8], erased: Int)>

    init(_ text: String) {
        state = Mutex((Array(text.utf8) + [UInt8](repeating: 0xFF, count: 64 - text.utf8.count), 0))
    }

    var erased: Int { state.withLock { $0.erased } }

    func read(at offset: Int, count: Int) throws(DriverError) -> [UInt8] {
        state.withLock { Array($0.bytes[offset..<(offset + count)]) }
    }

    func erase(at offset: Int) throws(DriverError) {
        state.withLock { $0 = ([UInt8](repeating: 0xFF, count: 64), $0.erased + 1) }
    }

    func program(_ bytes: [UInt8], at offset: Int) throws(DriverError) {
        throw DriverError("WriteFlash", name, "nothing is to be written here")
    }
}

extension UBootTextTests {
    @Test func `what a loader tried, in flash, is erased when it is asked anew, and only then`() throws {
        let scratch = try Scratch()
        let trying = OneBlock("pv_trying=5\0\0")
        let store = UBootTextStore(
            "\(scratch.path)/uboot.txt", size: 65_536, window: 1024, medium: LinuxBootMedium(hasLoader: false),
            trying: trying)
        try store.setTry("5", keeping: "4")
        #expect(trying.erased == 1)
        try store.setTry("5", keeping: "4")
        try store.setTry(nil, keeping: "5")
        #expect(trying.erased == 1)
    }
}
