import Drivers
import Foundation
import LogServer
import Testing

@testable import LinuxDrivers

struct LogRotationTests {
    @Test func `a long file is packed beside the next, and nothing is lost`() throws {
        let bench = try LogBench { $0.maximumSize = .bytes(2 << 20) }
        let lines = (0..<4000).map { "line \($0) of a log that is long enough to be rotated" }
        for line in lines {
            bench.receive(line)
            if bench.loop.doPiece() { bench.settle() }
        }
        bench.settle()
        let packed = bench.names("0/web").filter { $0.hasSuffix(".gz") }
        #expect(packed == ["app.1.gz", "app.2.gz"])
        let all = try packed.map { try bench.unpacked("0/web/\($0)") }.joined() + (bench.text("0/web/app") ?? "")
        #expect(all == lines.map { $0 + "\n" }.joined())
        try bench.remove()
    }

    @Test func `what its writer rotated is packed, and half a file of a death is swept away`() throws {
        let bench = try LogBench()
        try bench.write("old\n", to: "0/web/lxc/console.log.1")
        try bench.write("new\n", to: "0/web/lxc/console.log")
        try bench.write("half", to: "0/web/lxc/console.log.7.gz.new")
        bench.rotation.look()
        bench.settle()
        #expect(bench.names("0/web/lxc") == ["console.log", "console.log.1.gz"])
        #expect(try bench.unpacked("0/web/lxc/console.log.1.gz") == "old\n")
        try bench.remove()
    }

    @Test func `liblxc's own log is copied and emptied`() throws {
        let bench = try LogBench()
        let text = String(repeating: "lxc says something at length\n", count: 3000)
        try bench.write(text, to: "0/web/lxc/lxc.log")
        bench.rotation.look()
        bench.settle()
        #expect(try bench.unpacked("0/web/lxc/lxc.log.1.gz") == text)
        #expect(bench.text("0/web/lxc/lxc.log") == "")
        try bench.remove()
    }

    @Test func `the directory stays within its room, whoever fills it`() throws {
        let bench = try LogBench { $0.maximumSize = .bytes(400_000) }
        try bench.write(String(repeating: "quiet\n", count: 1000), to: "0/db/app")
        for round in 0..<40 {
            // Text that does not become much smaller.
            var state = UInt32(round)
            let noise = (0..<20_000).map { _ -> Character in
                state = state &* 1_664_525 &+ 1_013_904_223
                return Character(UnicodeScalar(33 + UInt8(state >> 24) % 90))
            }
            try bench.write(String(noise), to: "0/web/lxc/console.log.1")
            bench.rotation.look()
            bench.settle()
        }
        let used = bench.names("0/web/lxc").reduce(0) {
            $0 + LXCLog("\(bench.settings.layout.logs)/0/web/lxc/\($1)").size
        }
        #expect((200_000...400_000).contains(used))
        #expect(bench.text("0/db/app")?.count == 6000)
        try bench.remove()
    }

    @Test(.enabled(if: geteuid() == 0, "needs root for a small file system"))
    func `a full disk costs messages, which are counted, and it goes on by itself`() throws {
        let bench = try LogBench()
        let logs = bench.settings.layout.logs
        try #require(mount("tmpfs", logs, "tmpfs", 0, "size=64k") == 0)
        defer { umount2(logs, Int32(MNT_DETACH)) }
        bench.receive("before")
        let ballast = "\(logs)/ballast"
        let file = try OwnedDescriptor.open(ballast, O_WRONLY | O_CREAT, for: "Test")
        let bytes = [UInt8](repeating: 1, count: 4096)
        while Glibc.write(file.number, bytes, bytes.count) > 0 {}
        let text = String(repeating: "x", count: 1000)
        for _ in 0..<10 { bench.receive(text) }
        let dropped = bench.senders.counters[0].dropped
        #expect(dropped >= 6)
        unlink(ballast)
        ftruncate(file.number, 0)
        bench.receive("after")
        bench.senders.tellAll()
        let lines = bench.text("0/web/app")?.split(separator: "\n").map(String.init) ?? []
        #expect(lines.first == "before")
        #expect(lines.last == "after")
        // No line is half a line.
        #expect(lines.dropFirst().dropLast().allSatisfy { $0 == text })
        #expect(lines.count == 2 + Int(10 - dropped))
        let told = bench.text("0/web/pv-log") ?? ""
        #expect(told.hasSuffix("which could not be written; \(dropped) dropped so far\n"), "\(told)")
        try #require(umount2(logs, Int32(MNT_DETACH)) == 0)
        try bench.remove()
    }
}

struct FollowedFileTests {
    private final class Lines {
        var all: [String] = []
    }

    @Test func `lines are read once, over rotation, truncation and death`() throws {
        let bench = try LogBench()
        let lines = Lines()
        let path = "\(bench.settings.layout.logs)/x"
        func follower(_ ledger: LogLedger) -> FollowedFile {
            FollowedFile("x", ledger) { lines.all.append(String(decoding: $0, as: UTF8.self)) }
        }
        func open() throws -> OwnedDescriptor { try OwnedDescriptor.open(path, O_RDONLY, for: "Test") }
        var followed = follower(bench.ledger)
        try bench.write("one\ntwo\nha", to: "x")
        followed.follow(try open())
        #expect(!followed.read())
        let next = try bench.next()
        followed = follower(next.ledger)
        try bench.write("lf\n", to: "x")
        followed.follow(try open())
        #expect(!followed.read())
        try bench.write("last of the old\n", to: "x")
        rename(path, path + ".0")
        try bench.write("first of the new\n", to: "x")
        followed.follow(try open())
        #expect(!followed.read())
        truncate(path, 0)
        #expect(!followed.read())
        try bench.write("a\n", to: "x")
        #expect(!followed.read())
        followed.finish()
        #expect(lines.all == ["one", "two", "half", "last of the old", "first of the new", "a"])
        try bench.remove()
    }

    @Test func `what is old when it is first seen is not read`() throws {
        let bench = try LogBench()
        let lines = Lines()
        try bench.write("old\n", to: "x")
        let followed = FollowedFile("x", bench.ledger) { lines.all.append(String(decoding: $0, as: UTF8.self)) }
        followed.follow(
            try OwnedDescriptor.open("\(bench.settings.layout.logs)/x", O_RDONLY, for: "Test"), isOld: { _ in true })
        try bench.write("new\n", to: "x")
        #expect(!followed.read())
        #expect(lines.all == ["new"])
        try bench.remove()
    }

    @Test(arguments: [false, true])
    func `the runtime's log is copied to the outputs beside the tree`(isEarly: Bool) throws {
        let bench = try LogBench { $0.outputs = LogOutputs([.filetree, .singlefile]) }
        let path = bench.settings.ownLog(of: "0")
        let tree = TreeFiles(bench.output, bench.ledger, bench.watch)
        if isEarly { tree.follow([(path, "pantavisor", { OwnLogLine.parse($0) })]) }
        try bench.write("[pantavisor] 3 ERROR\t -- [engine]: first\n", to: "0/pantavisor/pantavisor.log")
        tree.follow([(path, "pantavisor", { OwnLogLine.parse($0) })])
        try bench.write("[pantavisor] 4 INFO\t -- [engine]: second\n", to: "0/pantavisor/pantavisor.log")
        bench.settle()
        let lines = (bench.text("0/pv.log") ?? "").split(separator: "\n").map { $0.drop { $0 != "p" } }
        #expect(
            lines == [
                #"platform":"pantavisor","lvl":"ERROR","src":"engine","msg":"first"}"#,
                #"platform":"pantavisor","lvl":"INFO","src":"engine","msg":"second"}"#,
            ])
        #expect(bench.names("0/pantavisor") == ["pantavisor.log"])
        try bench.remove()
    }
}
