import Drivers
import Foundation
import Testing

@testable import LinuxDrivers

@Suite struct UBootEnvironmentTests {
    private let size = 4096

    private func block(_ flag: UInt8?, _ values: [(String, String)]) throws -> [UInt8] {
        var variables = BootVariables()
        for (key, value) in values { variables.append(key, value) }
        return try #require(UBootEnvironment(flag: flag, variables: variables).bytes(size: size))
    }

    private func store(_ path: String, _ offsets: [Int]) -> UBootEnvironmentStore {
        UBootEnvironmentStore(
            copies: offsets.map {
                BlockRegion(path: path, offset: $0, size: size, medium: LinuxBootMedium(hasLoader: false))
            })
    }

    @Test func `a block is a sum, the list and zeros`() throws {
        let bytes = try block(nil, [("a", "b")])
        // What `printf 'a=b' | mkenvimage -s 12 -p 0 -` writes.
        #expect(UBootEnvironment(flag: nil, variables: BootVariables()).bytes(size: 4) == nil)
        var variables = BootVariables()
        variables.append("a", "b")
        #expect(
            UBootEnvironment(flag: nil, variables: variables).bytes(size: 12)?.suffix(8) == [97, 61, 98, 0, 0, 0, 0, 0])
        #expect(UBootEnvironment(bytes, hasFlag: false) == UBootEnvironment(flag: nil, variables: variables))
    }

    @Test func `any changed byte makes it damaged`() throws {
        let bytes = try block(1, [("pv_rev", "0")])
        for place in [0, 3, 5, 9, 4095] {
            var changed = bytes
            changed[place] ^= 1
            #expect(UBootEnvironment(changed, hasFlag: true) == nil)
        }
        // The flag is not summed: it is changed alone.
        var marked = bytes
        marked[4] = 0
        #expect(UBootEnvironment(marked, hasFlag: true)?.flag == 0)
    }

    @Test(arguments: [
        ([1, 0], UBootEnvironment.Scheme.counting, 0), ([0, 1], .counting, 1), ([7, 7], .counting, 0),
        ([255, 0], .counting, 1), ([0, 255], .counting, 0), ([254, 255], .counting, 1),
        ([1, 0], .marking, 0), ([0, 1], .marking, 1), ([1, 1], .marking, 0), ([0, 0], .marking, 0),
        ([255, 1], .marking, 0), ([1, 255], .marking, 1),
    ])
    func `the newer copy is the one U-Boot takes`(_ flags: [Int], _ scheme: UBootEnvironment.Scheme, _ index: Int) {
        let copies = flags.map { UBootEnvironment(flag: UInt8($0), variables: BootVariables()) }
        #expect(UBootEnvironment.current(copies, scheme) == index)
        #expect(UBootEnvironment.current([nil, copies[1]], scheme) == 1)
        #expect(UBootEnvironment.current([copies[0], nil], scheme) == 0)
        #expect(UBootEnvironment.current([nil, nil], scheme) == nil)
    }

    @Test func `the flag goes round`() throws {
        let scratch = try Scratch()
        let path = try scratch.file("env", block(254, [("pv_rev", "0")]) + block(255, [("pv_rev", "0"), ("x", "1")]))
        let store = store(path, [0, size])
        for (revision, flags) in [("1", [0, 255]), ("2", [0, 1]), ("3", [2, 1])] as [(String, [UInt8])] {
            try store.setTry(nil, keeping: revision)
            let bytes = try scratch.bytes("env")
            #expect([bytes[4], bytes[size + 4]] == flags)
            #expect(try store.load().bootState == BootState(revision: revision))
            #expect(try store.load()["x"] == "1")
        }
    }

    @Test func `one that does not fit is refused, and the old one stays`() throws {
        let scratch = try Scratch()
        let full = try block(1, [("pv_rev", "0"), ("x", String(repeating: "x", count: size - 5 - 9 - 4))])
        let path = try scratch.file("env", full + block(0, []))
        let store = store(path, [0, size])
        let error = #expect(throws: DriverError.self) { try store.setTry("1", keeping: "0") }
        #expect(error?.errno == 28)
        #expect(try store.load().bootState == .factory)
    }

    private static let hasTools = Tool.areThere("fw_printenv", "fw_setenv", "mkenvimage")

    @Test(.enabled(if: hasTools, "needs libubootenv-tool and u-boot-tools"), arguments: [1, 2])
    func `what is written here, fw_printenv reads, and the reverse`(_ copies: Int) throws {
        let scratch = try Scratch()
        try scratch.file("list", Array("bootcmd=run a; run b\npv_rev=0\nserial#=12\n".utf8))
        let image = "\(scratch.path)/image"
        let redundant = copies == 2 ? ["-r"] : []
        _ = try Tool.run("mkenvimage", redundant, "-s", "0x1000", "-o", image, "\(scratch.path)/list")
        // Behind something else on the device.
        let block = try scratch.bytes("image")
        let path = try scratch.file(
            "disk", [UInt8](repeating: 7, count: 512) + block + [UInt8](repeating: 0, count: (copies - 1) * size))
        let lines = (0..<copies).map { "\(path) 0x\(String(512 + $0 * size, radix: 16)) 0x1000\n" }
        let configuration = try scratch.file("fw_env.config", Array(lines.joined().utf8))
        let store = store(path, (0..<copies).map { 512 + $0 * size })
        #expect(try store.load()["bootcmd"] == "run a; run b")

        for (revision, kept) in [("1", "0"), ("locals/x", "1"), ("3", "1")] {
            try store.setTry(revision, keeping: kept)
            let printed = try Tool.run("fw_printenv", "-c", configuration).split(separator: "\n")
            #expect(
                Set(printed) == [
                    "bootcmd=run a; run b", "serial#=12", "pv_rev=\(kept)", "pv_try=\(revision)",
                ])
            try Tool.run("fw_setenv", "-c", configuration, "pv_trying", revision)
            #expect(try store.load()["pv_trying"] == revision)
        }
        try Tool.run("fw_setenv", "-c", configuration, "pv_try", "9")
        #expect(try store.load().bootState == BootState(revision: "1", tryRevision: "9"))
        try store.setTry(nil, keeping: "9")
        #expect(try Tool.run("fw_printenv", "-c", configuration, "-n", "pv_rev") == "9\n")
        #expect(try scratch.bytes("disk").prefix(512).allSatisfy { $0 == 7 })
    }
}

extension Tool {
    /// The same with arguments that may be none.
    static func run(_ name: String, _ some: [String], _ more: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Tool(name)).path)
        process.arguments = some + more
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return ""
    }
}
