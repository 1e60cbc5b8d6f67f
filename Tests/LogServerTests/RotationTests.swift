import Foundation
import LogServer
import Testing

struct RotationTests {
    @Test(arguments: [
        ("a.log.3.gz", RotatedName(file: "a.log", number: 3, isPacked: true)),
        ("console.log.1", RotatedName(file: "console.log", number: 1, isPacked: false)),
        ("console.log", nil), (".1", nil), ("a.gz", nil), ("a.x1", nil), ("a.1234567890", nil), ("a.", nil),
    ])
    func `rotated files are known by their names`(name: String, expected: RotatedName?) {
        #expect(RotatedName(name) == expected)
        if let expected { #expect(expected.name == name) }
    }

    @Test func `the next packed file has the next number`() {
        #expect(RotatedName.next(for: "a", among: ["a", "a.1", "a.2.gz", "a.10.gz", "ab.99.gz"]) == 11)
        #expect(RotatedName.next(for: "a", among: ["a", "a.1"]) == 1)
    }

    @Test(arguments: [
        ("0", ByteSize.automatic), ("512", .bytes(512)), ("16K", .bytes(16_384)), ("16kb", .bytes(16_384)),
        ("2MB", .bytes(2 << 20)), ("1T", .bytes(1 << 40)), ("7B", .bytes(7)), ("20%", .percent(20)),
        ("", nil), ("-1", nil), ("5X", nil), ("101%", nil), ("99999999999T", nil), ("K", nil),
    ])
    func `sizes have the units that upstream has`(text: String, size: ByteSize?) {
        #expect(ByteSize(text: text) == size)
    }

    @Test func `a share is one of the partition`() {
        #expect(ByteSize.automatic.bytes(ofPartition: 1000, isMemory: false) == 100)
        #expect(ByteSize.automatic.bytes(ofPartition: 1000, isMemory: true) == 1000)
        #expect(ByteSize.percent(20).bytes(ofPartition: 1000, isMemory: false) == 200)
        #expect(ByteSize.bytes(7).bytes(ofPartition: 1000, isMemory: false) == 7)
    }

    private let quota = LogQuota(total: 1000, rotateFactor: 5, hysteresisFactor: 4)

    private func file(_ path: String, _ size: Int, _ modified: Int64 = 0, closed: Bool = false) -> LogQuota.File {
        let platform = String(path.split(separator: "/")[1])
        return LogQuota.File(path: path, platform: platform, size: size, modified: modified, isClosed: closed)
    }

    @Test func `nothing goes before the high mark`() {
        #expect(quota.trim([file("1/a/x", 500), file("1/b/x.1.gz", 450, closed: true)]) == [])
    }

    @Test func `the greediest gives way first, its oldest before its newer`() {
        let steps = quota.trim([
            file("1/a/x.2.gz", 200, 2, closed: true), file("0/a/x", 200, 1, closed: true), file("1/a/x", 310, 3),
            file("1/b/x.1.gz", 250, 0, closed: true),
        ])
        #expect(steps == [.remove("0/a/x"), .remove("1/a/x.2.gz")])
    }

    @Test func `one that floods does not drive out what others have`() {
        let quiet = (0..<4).map { file("1/quiet/old.\($0).gz", 50, closed: true) }
        let steps = quota.trim(quiet + [file("1/flood/x", 900), file("1/flood/x.1.gz", 100, closed: true)])
        #expect(steps == [.remove("1/flood/x.1.gz"), .empty("1/flood/x")])
    }

    @Test func `when only files in use are left, the largest begins anew`() {
        #expect(quota.trim([file("1/a/x", 600), file("1/b/y", 700)]) == [.empty("1/b/y")])
        #expect(quota.trim([file("1/a/x", 0)]) == [])
    }

    @Test func `limits follow the factors, and a file may always have a page`() {
        #expect(LogQuota(total: 16 << 20, rotateFactor: 5, hysteresisFactor: 4).fileLimit == 838_860)
        #expect(LogQuota(total: 1000, rotateFactor: 0, hysteresisFactor: 0).fileLimit == 4096)
    }
}

struct GzipTests {
    /// What `zcat` makes of it.
    private func unpack(_ bytes: [UInt8]) throws -> [UInt8] {
        let directory = FileManager.default.temporaryDirectory.appending(path: "pv-gzip-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }  // A leftover in /tmp harms nobody.
        let file = directory.appending(path: "x.gz")
        try Data(bytes).write(to: file)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/gzip")
        process.arguments = ["-dc", file.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return Array(data)
    }

    private static var random: [UInt8] {
        var state: UInt32 = 1
        return (0..<65_536).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }

    private static let pieces: [[UInt8]] = [
        [], [0], [1, 2, 3], Array(repeating: 65, count: 65_536), random, Array("abcabcabcabcabcabc".utf8),
        Array(random.prefix(300)) + Array(random.prefix(40_000)) + Array(random.prefix(300)),
        (0..<1500).flatMap { Array("[web] \($0) INFO\t -- [app]: request \($0 * 7919) took \($0 % 13) ms\n".utf8) },
    ]

    @Test(arguments: pieces)
    func `gzip reads what was packed`(bytes: [UInt8]) throws {
        let piece = Array(bytes.prefix(Gzip.pieceLength))
        #expect(try unpack(Gzip.member(of: piece)) == piece)
    }

    @Test func `members follow each other, and logs become much smaller`() throws {
        let text = (0..<1000).flatMap { Array("May  1 10:00:\($0 % 60) host app[12]: request \($0) took 3 ms\n".utf8) }
        let packed = Gzip.member(of: text)
        #expect(try unpack(packed + Gzip.member(of: Array("end".utf8))) == text + Array("end".utf8))
        #expect(packed.count * 4 < text.count)
    }
}
