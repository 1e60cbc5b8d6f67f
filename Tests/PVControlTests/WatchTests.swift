import JSON
import Synchronization
import Testing

@testable import PVControl

struct WatchTests {
    private static let root = "/apis/pantavisor.io/v1/containers"
    private static let first = Samples.table([Samples.row("web", "STARTED"), Samples.row("db", "READY")])

    /// Answers the requests one after the other.
    private func server(_ answers: [TestServer.Answer]) async throws -> TestServer {
        let rest = Mutex(answers)
        return try await TestServer { _ in rest.withLock { $0.isEmpty ? .drop : $0.removeFirst() } }
    }

    private static let changes = [
        Samples.event("MODIFIED", [Samples.row("web", "READY")], version: 11),
        Samples.event("ADDED", [Samples.row("ui", "STARTING")], version: 12),
        #"{"type":"BOOKMARK","object":{"kind":"Container","metadata":{"resourceVersion":"15"}}}"# + "\n",
        Samples.event("DELETED", [Samples.row("db", "READY")], version: 16),
    ]

    @Test func `a watch in a pipe prints a line for each change`() async throws {
        let server = try await server([.whole(200, Self.first), .stream(Self.changes)])
        let run = await CommandLineRun.pvcontrol(["get", "ct", "-w"], socket: server.path)
        #expect(
            run
                == CommandLineRun(
                    code: 0,
                    output: """
                        NAME   READY   STATUS    RESTARTS   AGE
                        web    false   STARTED          0   5m
                        db     true    READY            0   5m
                        web    true    READY            0   5m
                        ui     false   STARTING          0   5m
                        db (deleted)   true    READY             0   5m

                        """, errors: ""))
        #expect(
            server.requests.map(\.path) == [
                Self.root, "\(Self.root)?watch=true&allowWatchBookmarks=true&resourceVersion=10",
            ])
        try await server.stop()
    }

    @Test func `a line may come in pieces`() async throws {
        let text = Self.changes.joined()
        let server = try await server([.whole(200, Self.first), .stream(text.map { String($0) })])
        let run = await CommandLineRun.pvcontrol(["get", "ct", "-w", "--no-headers"], socket: server.path)
        #expect(run.output.split(separator: "\n").count == 5)
        try await server.stop()
    }

    @Test func `a lost watch resumes where it was, and an expired one lists anew`() async throws {
        let expired = #"{"type":"ERROR","object":"# + Samples.status(410, "Expired", "too old") + "}\n"
        let forbidden = Samples.status(403, "Forbidden", "no longer allowed")
        let server = try await server([
            .whole(200, Self.first), .stream(Array(Self.changes.prefix(3))), .drop, .stream([expired]),
            .whole(200, Samples.table([Samples.row("web", "READY")], version: 40)), .whole(410, "{}"), .drop,
            .whole(403, forbidden),
        ])
        let run = await CommandLineRun.pvcontrol(["watch", "ct", "-o", "wide", "--no-headers"], socket: server.path)
        #expect(run.code == 1)
        #expect(run.errors == "ERROR: no longer allowed (Forbidden)\n")
        let watch = "\(Self.root)?watch=true&allowWatchBookmarks=true&resourceVersion="
        #expect(
            server.requests.map(\.path) == [
                Self.root, watch + "10", watch + "15", watch + "15", Self.root, watch + "40", Self.root, Self.root,
            ])
        try await server.stop()
    }

    @Test func `a screen shows one table that is drawn over itself`() async throws {
        let server = try await server([.whole(200, Self.first), .stream([Self.changes[0], Self.changes[3]])])
        let run = await CommandLineRun.pvcontrol(
            ["get", "ct", "-w"], socket: server.path, screen: .init(columns: 80, rows: 24, hasColours: false))
        func line(_ text: String) -> String { text + "\u{1B}[K\n" }
        let header = line("NAME   READY   STATUS    RESTARTS   AGE")
        #expect(
            run.output == "\r" + header + line("web    false   STARTED          0   5m")
                + line("db     true    READY            0   5m") + "\u{1B}[J" + "\u{1B}[3A\r"
                + line("NAME   READY   STATUS   RESTARTS   AGE") + line("web    true    READY           0   5m")
                + line("db     true    READY           0   5m") + "\u{1B}[J" + "\u{1B}[3A\r"
                + line("NAME   READY   STATUS   RESTARTS   AGE") + line("web    true    READY           0   5m")
                + "\u{1B}[J")
        try await server.stop()
    }

    @Test func `a screen too small shows how much is hidden`() throws {
        let rows = (0..<9).map { Samples.row("c\($0)", "READY") }
        let table = try #require(ServerTable(try JSONValue(parsing: Array(Samples.table(rows).utf8))))
        var live = LiveTable(table)
        let frame = live.frame(.init(columns: 20, rows: 5, hasColours: false), isWide: false, hasHeader: true)
        #expect(
            frame == "\rNAME   READY   STAT…\u{1B}[K\nc0     true    READY\u{1B}[K\nc1     true    READY\u{1B}[K\n"
                + "… and 7 more\u{1B}[K\n\u{1B}[J")
    }

    @Test func `documents are watched too`() async throws {
        let list =
            #"{"kind":"ContainerList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":["#
            + #"{"metadata":{"name":"web"}}]}"#
        let event = #"{"type":"ADDED","object":{"kind":"Container","metadata":{"name":"db"}}}"# + "\n"
        let server = try await server([.whole(200, list), .stream([event])])
        let run = await CommandLineRun.pvcontrol(["get", "ct", "-w", "-o", "name"], socket: server.path)
        #expect(run == CommandLineRun(code: 0, output: "container/web\ncontainer/db\n", errors: ""))
        try await server.stop()
    }

    // MARK: - wait

    private static func list(_ phase: String?) -> String {
        let items = phase.map { #"{"metadata":{"name":"web","resourceVersion":"5"},"status":{"phase":"\#($0)"}}"# }
        return #"{"kind":"ContainerList","metadata":{"resourceVersion":"5"},"items":[\#(items ?? "")]}"#
    }

    private static func event(_ type: String, _ status: String) -> String {
        #"{"type":"\#(type)","object":{"metadata":{"name":"web","resourceVersion":"6"},"status":\#(status)}}"# + "\n"
    }

    @Test(arguments: [
        ("phase=READY", #"{"phase":"READY"}"#),
        ("phase=ready", #"{"phase":"READY"}"#),
        ("condition=Ready", #"{"conditions":[{"type":"Ready","status":"True"}]}"#),
        ("condition=Stable=Unknown", #"{"conditions":[{"type":"Stable","status":"Unknown"}]}"#),
        ("jsonpath={.status.restarts}=2", #"{"restarts":2}"#),
        ("jsonpath=.status.restarts=2", #"{"restarts":2}"#),
        ("jsonpath={.status.pid}", #"{"pid":7}"#),
    ])
    func `wait returns with the change that brings what it waits for`(goal: String, status: String) async throws {
        let server = try await server([
            .whole(200, Self.list("STARTED")),
            .stream([Self.event("MODIFIED", "{}"), Self.event("MODIFIED", status)], ends: false),
        ])
        let run = await CommandLineRun.pvcontrol(["wait", "ct/web", "--for=\(goal)"], socket: server.path)
        #expect(run == CommandLineRun(code: 0, output: "container/web \(goal)\n", errors: ""))
        #expect(server.requests.first?.path == "\(Self.root)?fieldSelector=metadata.name%3Dweb")
        try await server.stop()
    }

    @Test func `wait for a deletion, and over a restart of the server`() async throws {
        let server = try await server([
            .whole(200, Self.list("STARTED")), .drop, .stream([Self.event("DELETED", "{}")], ends: false),
        ])
        let run = await CommandLineRun.pvcontrol(["wait", "ct", "web", "--for", "delete"], socket: server.path)
        #expect(run == CommandLineRun(code: 0, output: "container/web delete\n", errors: ""))
        try await server.stop()
    }

    @Test(arguments: [
        ("phase=READY", "its phase is STARTED"),
        ("condition=Ready", "it has no condition Ready"),
        ("delete", "it still exists"),
        ("jsonpath={.status.pid}=1", "{.status.pid} is not there"),
    ])
    func `wait that is in vain says how things stand`(goal: String, standing: String) async throws {
        let server = try await server([.whole(200, Self.list("STARTED")), .stream([], ends: false)])
        let run = await CommandLineRun.pvcontrol(
            ["wait", "ct/web", "--for=\(goal)", "--timeout=1ms"], socket: server.path)
        #expect(
            run
                == CommandLineRun(
                    code: 1, output: "",
                    errors: "ERROR: timed out waiting for container/web \(goal): \(standing)\n"))
        try await server.stop()
    }

    @Test(arguments: [
        ("30s", Duration.seconds(30)), ("5m", .seconds(300)), ("1h", .seconds(3600)), ("1m30s", .seconds(90)),
        ("250ms", .milliseconds(250)), ("7", .seconds(7)), ("", nil), ("x", nil), ("5d", nil), ("-1s", nil),
    ])
    func `times are read`(text: String, expected: Duration?) {
        #expect(Duration(text: text) == expected)
    }
}
