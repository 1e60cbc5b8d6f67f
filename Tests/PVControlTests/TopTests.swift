import Foundation
import JSON
import Model
import Store
import Testing

@testable import PVControl

@Suite(.timeLimit(.minutes(1)))
struct TopTests {
    // MARK: - What is drawn

    private static let size = RawTerminal.Size(columns: 80, rows: 24)

    private static func table(_ columns: [String], _ rows: [[String]]) -> Watcher.Step {
        .list([
            "kind": "Table", "metadata": ["resourceVersion": "1"],
            "columnDefinitions": .array(
                columns.map {
                    ["name": .string($0), "type": .string($0 == "Restarts" ? "integer" : "string"), "priority": 0]
                }),
            "rows": .array(
                rows.map { row in
                    ["cells": .array(row.map { .string($0) }), "object": ["metadata": ["name": .string(row[0])]]]
                }),
        ])
    }

    private static func state(containers: Int = 2, events: Int = 1) -> TopState {
        var state = TopState()
        state.apply(
            table(
                ["Name", "Current", "Desired", "Status", "Groups"], [["self", "3", "locals/x", "Converging", "0/1"]]),
            to: .devices)
        state.apply(
            table(["Name", "Revision", "Phase", "Step", "Outcome"], [["r1", "locals/x", "TESTING", "Test", ""]]),
            to: .rollouts)
        state.apply(table(["Name", "Goal", "Status", "Members"], [["app", "READY", "STARTED", "1/2"]]), to: .groups)
        state.apply(
            table(
                ["Name", "Ready", "Status", "Group", "Goal", "Restarts", "Age"],
                (0..<containers).map { ["c\($0)", "true", "READY", "app", "READY", "\($0)", "5m"] }), to: .containers)
        let happened: [JSONValue] = (0..<events).map { number in
            [
                "metadata": ["name": .string("e\(number)")], "type": "Warning", "reason": "Exited", "count": 2,
                "lastTimestamp": .string("2026-02-01T00:00:\(number + 10)Z"),
                "involvedObject": ["kind": "Container", "name": "c0"],
                "message": .string("code \(number)\u{1B}[2J"),
            ]
        }
        state.apply(.list(["items": .array(happened)]), to: .events)
        state.measured([
            "items": [["containers": [["name": "c0", "usage": ["cpu": "12m", "memory": "3481Ki"]]]]]
        ])
        return state
    }

    @Test func `a device fits on one screen`() {
        var state = Self.state()
        #expect(
            state.lines(Self.size, .none) == [
                "Converging   revision 3 → locals/x   groups 0/1",
                "ROLLOUT   REVISION   PHASE     STEP   OUTCOME",
                "r1        locals/x   TESTING   Test   <none>",
                "GROUP   STATUS    MEMBERS",
                "app     STARTED   1/2",
                "CONTAINER   READY   STATUS   CPU   MEMORY   GROUP   RESTARTS",
                "c0          true    READY    12m    3.3Mi   app     0",
                "c1          true    READY      -        -   app     1",
                "TIME       TYPE      REASON   OBJECT         MESSAGE",
                "00:00:10   Warning   Exited   container/c0   code 0?[2J (x2)",
            ] + Array(repeating: "", count: 13) + ["q quit   ↑ ↓ containers"])
    }

    @Test func `more containers than fit are scrolled through, to the last and no further`() {
        var state = Self.state(containers: 50, events: 9)
        func shown() -> [String] {
            state.lines(Self.size, .none).filter { $0.hasPrefix("c") || $0.hasPrefix("…") }
                .map { $0.hasPrefix("c") ? String($0.prefix { $0 != " " }) : $0 }
        }
        #expect(
            shown() == ["c0", "c1", "c10", "c11", "c12", "c13", "c14", "c15", "c16", "c17", "c18", "… 1 to 11 of 50"])
        state.scroll(by: 1)
        #expect(shown().last == "… 2 to 12 of 50")
        state.scroll(by: 1000)
        #expect(shown().last == "… 40 to 50 of 50")
        state.scroll(by: -1)
        #expect(shown().last == "… 39 to 49 of 50")
    }

    @Test func `no screen gets more lines than it has, nor wider ones`() {
        var state = Self.state(containers: 30, events: 30)
        let sizes = (1...40).flatMap { rows in
            [1, 20, 80, 200].map { RawTerminal.Size(columns: $0, rows: rows) }
        }
        let wrong = sizes.filter { size in
            let lines = state.lines(size, .none)
            return lines.count != size.rows || lines.contains { $0.displayWidth > size.columns }
        }
        #expect(wrong == [])
    }

    @Test func `only lines that changed are sent`() {
        var screen = TopScreen()
        let size = RawTerminal.Size(columns: 10, rows: 3)
        #expect(
            screen.change(to: ["a", "b", "c", "d"], size)
                == "\u{1B}[2J\u{1B}[1;1H\u{1B}[2Ka\u{1B}[2;1H\u{1B}[2Kb\u{1B}[3;1H\u{1B}[2Kc")
        #expect(screen.change(to: ["a", "b", "c"], size) == "")
        #expect(screen.change(to: ["a", "x", "c"], size) == "\u{1B}[2;1H\u{1B}[2Kx")
        #expect(screen.change(to: ["a"], size) == "\u{1B}[2;1H\u{1B}[J")
        #expect(
            screen.change(to: ["a"], .init(columns: 11, rows: 3)) == "\u{1B}[2J\u{1B}[1;1H\u{1B}[2Ka")
    }

    @Test func `keys are known in both ways that terminals send them`() {
        #expect(
            TerminalInput.keys(Array("q\u{3}\u{1A}jk\u{1B}[A\u{1B}OB\u{1B}[5~\u{1B}[6~x\u{1B}[1;5A\u{1B}[".utf8))
                == [.quit, .quit, .suspend, .down, .up, .up, .down, .pageUp, .pageDown])
    }

    @Test func `without a terminal it says what to do`() async throws {
        let server = try await DeviceServer()
        let run = await CommandLineRun.pvcontrol(["top"], socket: server.path)
        #expect(
            run
                == CommandLineRun(
                    code: 1, output: "", errors: "ERROR: top needs a terminal; in a script use 'get' or 'watch'\n"))
        await server.stop()
    }

    // MARK: - On a terminal

    private func withTop(
        rows: UInt16 = 24, columns: UInt16 = 80, _ body: (PseudoTerminal, DeviceServer) async throws -> Void
    ) async throws {
        let server = try await DeviceServer()
        let terminal = try PseudoTerminal(["-s", server.path, "top"], rows: rows, columns: columns)
        do {
            try await terminal.show { $0.lines.contains { $0.hasPrefix("web") && $0.contains("STARTED") } }
            try await body(terminal, server)
        } catch {
            terminal.signal(SIGKILL)
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func isPutBack(_ terminal: PseudoTerminal) -> Bool {
        !terminal.isOnOtherScreen && terminal.hasCursor && terminal.isAsBefore
    }

    @Test(arguments: ["q", "\u{3}"]) func `what changes is drawn, and a key ends it`(key: String) async throws {
        try await withTop { terminal, server in
            #expect(terminal.isOnOtherScreen && !terminal.hasCursor && !terminal.isAsBefore)
            let erasures = terminal.erasures
            try server.set("web") { $0.status.phase = .ready }
            try await terminal.show { $0.lines.contains { $0.hasPrefix("web") && $0.contains("READY") } }
            #expect(terminal.erasures == erasures)
            terminal.type(key)
            let code = try await terminal.end()
            #expect(code == 0)
            #expect(isPutBack(terminal))
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT])
    func `a signal ends it, and the terminal is as before`(number: Int32) async throws {
        try await withTop { terminal, _ in
            terminal.signal(number)
            let code = try await terminal.end()
            #expect(code == 128 + number)
            #expect(isPutBack(terminal))
        }
    }

    @Test func `it follows the size of its terminal`() async throws {
        try await withTop { terminal, _ in
            #expect(terminal.lines.count == 24)
            terminal.resize(rows: 10, columns: 30)
            try await terminal.show { $0.lines.count == 10 && $0.lines.last?.contains("q quit") == true }
            terminal.resize(rows: 50, columns: 132)
            try await terminal.show { $0.lines.count == 50 && $0.lines.last?.contains("q quit") == true }
            terminal.type("q")
            let code = try await terminal.end()
            #expect(code == 0)
        }
    }

    @Test func `put aside and brought back, it draws all anew`() async throws {
        try await withTop { terminal, _ in
            let erasures = terminal.erasures
            terminal.type("\u{1A}")
            try await terminal.show { $0.erasures > erasures && $0.lines.last?.contains("q quit") == true }
            let more = terminal.erasures
            terminal.signal(SIGSTOP)
            terminal.signal(SIGCONT)
            try await terminal.show { $0.erasures > more && $0.lines.last?.contains("q quit") == true }
            #expect(terminal.isOnOtherScreen && !terminal.hasCursor)
            terminal.type("q")
            let code = try await terminal.end()
            #expect(code == 0)
            #expect(isPutBack(terminal))
        }
    }

    @Test func `it says that the runtime is away`() async throws {
        try await withTop { terminal, server in
            await server.stop()
            try await terminal.show { $0.lines.first?.contains("the runtime is away") == true }
            terminal.type("q")
            let code = try await terminal.end()
            #expect(code == 0)
            #expect(isPutBack(terminal))
        }
    }
}
