import APIClient
import Glibc
import JSON
import Synchronization

/// `top`: the whole device on one screen, drawn anew when something changed.
struct Top: Sendable {
    private let session: Session
    private let console: Console
    private let terminal: RawTerminal
    private let pause: Duration
    private let interval: Duration
    private let state = SharedTop()

    static func run(_ invocation: Invocation) async throws -> Int32 {
        let console = invocation.console
        guard console.screen != nil, let terminal = RawTerminal(input: console.input) else {
            throw CommandError.failed("top needs a terminal; in a script use 'get' or 'watch'")
        }
        let seconds = invocation.value("interval") ?? "2"
        guard let count = Int(seconds), (1...3600).contains(count) else {
            throw invocation.usageError("--interval is a number of seconds from 1 to 3600, not '\(seconds)'")
        }
        let top = Top(
            session: try Session(invocation), console: console, terminal: terminal,
            pause: invocation.context.retryPause, interval: .seconds(count))
        return try await top.show()
    }

    private func show() async throws -> Int32 {
        let input = try TerminalInput(console.input)
        defer { input.stop() }
        let parts = try await parts()
        terminal.enter()
        defer { leave() }
        try enter()
        return try await withThrowingTaskGroup(of: Int32?.self) { group in
            defer { group.cancelAll() }
            for (part, type) in parts { group.addTask { try await follow(part, type) } }
            group.addTask { try await measure() }
            group.addTask { try await draw() }
            group.addTask { try await obey(input) }
            while let result = try await group.next() {
                if let result { return result }
            }
            return 0
        }
    }

    /// The parts of the screen that this device has.
    private func parts() async throws -> [(TopState.Part, ResourceType)] {
        let served = try await session.servedTypes()
        return TopState.Part.allCases.compactMap { part in
            served.first { $0.plural == part.rawValue && $0.group != "events.k8s.io" }.map { (part, $0) }
        }
    }

    // MARK: - The terminal

    /// Another screen than the shell's, without a cursor.
    private func enter() throws(CommandError) { try console.write(Array("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J".utf8)) }

    private func leave() {
        terminal.leave()
        do {
            try console.write(Array("\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l".utf8))
        } catch {
            // The terminal is gone, and with it what was to be put right.
        }
    }

    private func draw() async throws -> Int32? {
        var screen = TopScreen()
        for await _ in state.changes {
            guard let shown = console.screen else { continue }
            let size = terminal.size ?? RawTerminal.Size(columns: shown.columns, rows: shown.rows)
            let (lines, isNew) = state.take { $0.lines(size, Paint(isOn: shown.hasColours)) }
            if isNew { screen = TopScreen() }
            try console.write(Array(screen.change(to: lines, size).utf8))
        }
        return nil
    }

    /// Does what keys and signals say, until one of them says that it is over.
    private func obey(_ input: TerminalInput) async throws -> Int32? {
        for await event in input.events {
            switch event {
            case .key(let key):
                guard let page = terminal.size.map({ max(1, $0.rows / 4) }) else { return 0 }
                switch key {
                case .quit: return 0
                case .suspend: try suspend()
                case .up: state.change { $0.scroll(by: -1) }
                case .down: state.change { $0.scroll(by: 1) }
                case .pageUp: state.change { $0.scroll(by: -page) }
                case .pageDown: state.change { $0.scroll(by: page) }
                }
            case .signal(SIGWINCH): state.redraw()
            case .signal(SIGCONT): try comeBack()
            // What the shell reports for a program that a signal ended.
            case .signal(let number): return 128 + number
            case .end: return 0
            }
        }
        return nil
    }

    /// Gives the terminal back to the shell until that brings us back; without a shell that could, nothing happens.
    private func suspend() throws(CommandError) {
        leave()
        // This thread stands still before it goes on.
        raise(SIGTSTP)
        try comeBack()
    }

    private func comeBack() throws(CommandError) {
        terminal.enter()
        try enter()
        state.redraw()
    }

    // MARK: - What is shown

    private func follow(_ part: TopState.Part, _ type: ResourceType) async throws -> Int32? {
        let accept = part == .events ? "application/json" : Session.tableAccept
        let request = APIRequest(.get, type.path(), accept: accept)
        var watcher = Watcher(session: session, request: request, resumes: true, pause: pause)
        watcher.connected = { isConnected in state.change { $0.set(part, isConnected: isConnected) } }
        try await watcher.run { step in
            state.change { $0.apply(step, to: part) }
            return .goOn
        }
        return nil
    }

    /// Asks what containers use; nobody tells of its changes.
    private func measure() async throws -> Int32? {
        while !Task.isCancelled {
            let usage = await usage()
            state.change { $0.measured(usage) }
            try await Task.sleep(for: interval)
        }
        return nil
    }

    private func usage() async -> JSONValue? {
        do throws(CommandError) {
            return try await session.json(APIRequest(.get, "/apis/metrics.k8s.io/v1beta1/pods"))
        } catch {
            // The runtime is away, or a container was gone in the middle of it: next time.
            return nil
        }
    }
}

/// The state, and word for who draws it that it changed.
final class SharedTop: Sendable {
    let changes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let state = Mutex(Content())

    private struct Content {
        var value = TopState()
        var isNew = true
    }

    init() {
        // However much happens while a slow terminal draws, it draws once more.
        (changes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        wake.yield()
    }

    func change(_ change: (inout TopState) -> Void) {
        let isOther = state.withLock { content in
            let before = content.value
            change(&content.value)
            return content.value != before
        }
        if isOther { wake.yield() }
    }

    /// What is on the screen is not to be relied on.
    func redraw() {
        state.withLock { $0.isNew = true }
        wake.yield()
    }

    /// What to draw, and whether on an empty screen.
    func take(_ draw: (inout TopState) -> [String]) -> (lines: [String], isNew: Bool) {
        state.withLock { content in
            let lines = draw(&content.value)
            let isNew = content.isNew
            content.isNew = false
            return (lines, isNew)
        }
    }
}
