import CShims
import Drivers
import Foundation
import LogServer
import Testing

@testable import LinuxDrivers

struct LogServingTests {
    @Test func `datagrams and streams are filed under the one they came from`() throws {
        let bench = try LogBench()
        let datagrams = try LogBench.pair(SOCK_DGRAM)
        let stream = try LogBench.pair(SOCK_STREAM)
        bench.connections.add(stream[0], of: bench.senders.sender("db"), takesDescriptors: false)
        for text in ["<14>app: one", "<11>app[7]: two\n", "\u{0}"] { bench.send(text, on: datagrams[1]) }
        bench.send("<14>app: th", on: stream[1])
        bench.connections.takeDatagrams(datagrams[0], of: bench.senders.sender("web"))
        bench.settle()
        bench.send("ree\n{\"src\":\"j\",\"message\":\"four\"}", on: stream[1])
        bench.settle()
        #expect(bench.text("0/web/app") == "one\ntwo\n")
        #expect(bench.text("0/db/app") == "three\n")
        #expect(bench.text("0/db/j") == "four\n")
        try bench.remove()
    }

    @Test func `what a peer leaves unfinished is filed when it hangs up`() throws {
        let bench = try LogBench()
        var stream = try LogBench.pair(SOCK_STREAM)
        bench.connections.add(stream[0], of: bench.senders.sender("web"), takesDescriptors: false)
        bench.send("<14>app: no end", on: stream[1])
        stream.removeLast()
        bench.settle()
        #expect(bench.text("0/web/app") == "no end\n")
        #expect(bench.senders.sender("web").connections == 0)
        #expect(bench.store.takeAll().isEmpty)
        try bench.remove()
    }

    @Test func `a killed log server's connections go on with the next`() throws {
        let bench = try LogBench()
        let stream = try LogBench.pair(SOCK_STREAM)
        bench.connections.add(stream[0], of: bench.senders.sender("web"), takesDescriptors: false)
        bench.send("<14>app: one\n", on: stream[1])
        bench.settle()
        bench.send("<14>app: two\n", on: stream[1])
        let next = try bench.next()
        for kept in next.store.takeAll() { next.connections.restore(kept.label, kept.descriptor) }
        next.settle()
        #expect(next.text("0/web/app") == "one\ntwo\n")
        next.receive("x")
        #expect(next.senders.counters.map { "\($0.name) \($0.received)" } == ["web 3"])
        try bench.remove()
    }

    @Test func `a sender that floods is cut, told of, and harms nobody else`() throws {
        let bench = try LogBench { $0.limits.messagesPerSecond = 10 }
        let datagrams = try LogBench.pair(SOCK_DGRAM)
        for _ in 0..<20 {
            for number in 0..<5 { bench.send("<14>app: \(number)", on: datagrams[1]) }
            bench.connections.takeDatagrams(datagrams[0], of: bench.senders.sender("web"))
        }
        bench.receive("quiet", from: "db")
        bench.senders.tellAll()
        let (web, db) = (bench.senders.counters[1], bench.senders.counters[0])
        #expect(db == ("db", 1, 0))
        #expect(web.received == 100)
        #expect((50...60).contains(web.dropped))
        #expect(bench.text("0/web/app")?.split(separator: "\n").count == Int(100 - web.dropped))
        #expect(bench.text("0/web/pv-log")?.hasPrefix("dropped \(web.dropped) messages, numbers ") == true)
        #expect(bench.text("0/db/app") == "quiet\n")
        try bench.remove()
    }

    @Test func `one sender has so many connections, and a peer that sends no messages loses its own`() throws {
        let bench = try LogBench()
        let pairs = try (0..<40).map { _ in try LogBench.pair(SOCK_STREAM) }
        for pair in pairs { bench.connections.add(pair[0], of: bench.senders.sender("web"), takesDescriptors: false) }
        #expect(bench.senders.sender("web").connections == 32)
        let bytes: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 127]
        _ = Glibc.write(pairs[0][1].number, bytes, bytes.count)
        bench.settle()
        #expect(bench.senders.sender("web").connections == 31)
        #expect(bench.store.takeAll().count == 31)
        try bench.remove()
    }

    @Test func `lines of a descriptor are filed, and a file is not read`() throws {
        let bench = try LogBench()
        let requests = try LogBench.pair(SOCK_STREAM)
        bench.connections.add(requests[0], of: bench.senders.sender("web"), takesDescriptors: true)
        let pipe = try OwnedDescriptor.pipe()
        pass(pipe.reading, as: "out", on: requests[1])
        bench.settle()
        bench.send("one\ntwo\nthr", on: pipe.writing)
        bench.settle()
        let other = try OwnedDescriptor.pipe()
        pass(other.reading, as: "out", on: requests[1])
        bench.settle()
        bench.send("other\n", on: other.writing)
        let file = try OwnedDescriptor.open("/etc/passwd", O_RDONLY, for: "Test")
        pass(file, as: "passwd", on: requests[1])
        bench.settle()
        #expect(bench.text("0/web/out") == "one\ntwo\nother\n")
        #expect(bench.text("0/web/passwd") == nil)
        #expect(bench.senders.sender("web").connections == 2)
        pass(other.reading, as: "out", on: requests[1], begins: false)
        bench.settle()
        #expect(bench.senders.sender("web").connections == 1)
        try bench.remove()
    }

    private func pass(_ descriptor: OwnedDescriptor, as source: String, on socket: OwnedDescriptor, begins: Bool = true)
    {
        var bytes = [UInt8](repeating: 0, count: DescriptorRequest.length)
        bytes.replaceSubrange(50..<(50 + source.utf8.count), with: source.utf8)
        (bytes[100], bytes[104]) = (3, begins ? 1 : 0)
        _ = pv_send_descriptors(socket.number, bytes, bytes.count, [descriptor.number], 1)
    }

    @Test func `errors of an attempt lie with its revision when it is over`() throws {
        let bench = try LogBench()
        let trail = "\(bench.settings.layout.trail("1"))/.pv"
        try Files.makeDirectories(trail)
        bench.output.follow(LogBriefing(revision: "1", attempt: .init(revision: "1", isOver: false)))
        bench.receive("all is well")
        bench.receive("it broke", level: .error)
        bench.receive("it died", level: .fatal)
        #expect(Files.names(in: trail) == ["logs.tmp"])
        bench.output.follow(LogBriefing(revision: "1", attempt: .init(revision: "1", isOver: true)))
        bench.receive("later", level: .error)
        #expect(Files.names(in: trail) == ["logs"])
        let lines = (Files.text("\(trail)/logs") ?? "").split(separator: "\n").map { $0.suffix(20) }
        #expect(lines.map { $0.split(separator: ":").last } == [" it broke", " it died"])
        #expect(
            Files.text("\(bench.settings.layout.logs)/current/web/app") == "all is well\nit broke\nit died\nlater\n")
        try bench.remove()
    }

    @Test func `the other outputs have every message, the tree only when it is chosen`() throws {
        let bench = try LogBench { $0.outputs = LogOutputs([.singlefile]) }
        bench.receive("hello", level: .warning)
        #expect(bench.names("0") == ["pv.log"])
        #expect(
            bench.text("0/pv.log")?.hasSuffix(
                #""platform":"web","lvl":"WARN","src":"app","seq":1,"msg":"hello"}"# + "\n") == true)
        let nothing = try LogBench { $0.outputs = LogOutputs([.nullsink]) }
        nothing.receive("hello")
        #expect(nothing.names("") == [])
        for bench in [bench, nothing] { try bench.remove() }
    }

    @Test func `the store gives back what was put in, without what was taken out`() throws {
        let bench = try LogBench()
        let pipes = try (0..<3).map { _ in try OwnedDescriptor.pipe() }
        for (index, pipe) in pipes.enumerated() { bench.store.put("pipe \(index)", pipe.writing) }
        bench.store.remove("pipe 1")
        let kept = bench.store.takeAll()
        #expect(kept.map(\.label) == ["pipe 0", "pipe 2"])
        bench.send("x", on: kept[1].descriptor)
        var byte: UInt8 = 0
        #expect(read(pipes[2].reading.number, &byte, 1) == 1)
        try bench.remove()
    }

    @Test func `the ledger keeps numbers over deaths, and forgets nothing but what it has no room for`() throws {
        let bench = try LogBench()
        bench.ledger["a"] = 5
        bench.ledger["b"] = 6
        bench.ledger["a"] = nil
        let next = try bench.next()
        #expect(["a", "b", "c"].map { next.ledger[$0] } == [nil, 6, nil])
        for number in 0..<2000 { next.ledger["many \(number)"] = UInt64(number) }
        #expect(next.ledger["b"] == 6)
        #expect((0..<2000).filter { next.ledger["many \($0)"] == UInt64($0) }.count > 500)
        try bench.remove()
    }
}
