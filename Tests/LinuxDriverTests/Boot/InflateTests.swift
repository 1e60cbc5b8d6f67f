import Drivers
import Testing

@testable import LinuxDrivers

@Suite(.enabled(if: Tool.areThere("gzip"), "needs gzip")) struct InflateTests {
    /// Text, repetitions near and far, and what cannot be compressed.
    private static func sample(_ kind: String) -> [UInt8] {
        var state: UInt64 = 42
        func next() -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        switch kind {
        case "empty": return []
        case "one byte": return [7]
        case "zeros": return [UInt8](repeating: 0, count: 3_000_000)
        case "noise": return (0..<200_000).map { _ in next() }
        case "text": return (0..<60_000).flatMap { Array("line \($0 % 977) of \($0)\n".utf8) }
        default:
            let far = (0..<32_700).map { _ in next() }
            return far + far + far.reversed() + far
        }
    }

    private func inflate(_ bytes: [UInt8], piece: Int = 1000) throws(DriverError) -> [UInt8] {
        var place = 0
        var output: [UInt8] = []
        var inflate = Inflate("image.gz") { () throws(DriverError) in
            defer { place += piece }
            return Array(bytes.dropFirst(place).prefix(piece))
        }
        try inflate.run { piece throws(DriverError) in output += piece }
        return output
    }

    @Test(arguments: ["empty", "one byte", "zeros", "noise", "text", "far"], ["-1", "-6", "-9"])
    func `what gzip compressed comes back`(_ kind: String, _ level: String) throws {
        let scratch = try Scratch()
        let content = Self.sample(kind)
        let path = try scratch.file("image", content)
        try Tool.run("gzip", "-k", level, path)
        #expect(try inflate(scratch.bytes("image.gz")) == content)
    }

    @Test func `damaged and cut files are refused`() throws {
        let scratch = try Scratch()
        let path = try scratch.file("image", Self.sample("text"))
        try Tool.run("gzip", path)
        let good = try scratch.bytes("image.gz")
        for length in [0, 1, 5, 20, good.count / 2, good.count - 1] {
            #expect(throws: DriverError.self) { _ = try inflate(Array(good.prefix(length))) }
        }
        for place in stride(from: 20, to: good.count, by: max(1, good.count / 40)) {
            var changed = good
            changed[place] ^= 0x10
            #expect(throws: DriverError.self) { _ = try inflate(changed) }
        }
        let error = #expect(throws: DriverError.self) { _ = try inflate(Self.sample("text")) }
        #expect(error?.detail == "it is not compressed with gzip; upload it again")
    }
}
