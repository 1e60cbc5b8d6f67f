import APIClient
import Model

/// `exec`: runs a command inside a container, as if it ran here.
enum Exec {
    static func run(_ invocation: Invocation) async throws -> Int32 {
        guard let name = invocation.arguments.first?.split(separator: "/").last else { return 2 }
        let command = Array(invocation.arguments.dropFirst()) + invocation.trailing
        guard !command.isEmpty else { throw invocation.usageError("name the command: exec \(name) -- COMMAND") }
        let session = try Session(invocation)
        let terminal = RawTerminal(input: invocation.console.input)
        let isTerminal = terminal != nil && invocation.console.screen != nil
        let path = path(String(name), command, isTerminal: isTerminal)
        if isTerminal { terminal?.enter() }
        defer { if isTerminal { terminal?.leave() } }
        return try await converse(path, session, isTerminal ? terminal : nil, invocation.console)
    }

    private static func path(_ container: String, _ command: [String], isTerminal: Bool) -> String {
        var request = APIRequest(.get, ResourceType(Container.self).path(container) + "/exec")
        for word in command { request = request.query("command", word) }
        request = request.query("stdin", "true").query("stdout", "true")
        // A terminal mixes both outputs into one.
        return request.query(isTerminal ? "tty" : "stderr", "true").path
    }

    private static func converse(
        _ path: String, _ session: Session, _ terminal: RawTerminal?, _ console: Console
    ) async throws -> Int32 {
        var feeding: Task<Void, Never>?
        defer { feeding?.cancel() }
        let result = try await session.client.exec(path) { exec in
            // Not awaited at the end: it may wait for a key that nobody will press.
            feeding = Task { await feed(exec, console.input, terminal) }
        } received: { output in
            switch output {
            case .standardOutput(let bytes): try console.write(bytes)
            case .standardError(let bytes): console.complain(bytes: bytes)
            case .exited: break
            }
        }
        return try finish(result, console)
    }

    private static func finish(_ result: APIClient.ExecResult, _ console: Console) throws(CommandError) -> Int32 {
        switch result {
        case .refused(let response): throw Session.error(response)
        case .exited(let code, let message):
            if !message.isEmpty { console.complain("ERROR: \(message)") }
            return code
        }
    }

    /// Sends what is typed or piped in, and the size of the terminal whenever it changed.
    private static func feed(_ exec: ExecSession, _ descriptor: Int32, _ terminal: RawTerminal?) async {
        var size: RawTerminal.Size?
        let input = Input(descriptor: descriptor)
        while !Task.isCancelled {
            if let now = terminal?.size, now != size {
                size = now
                await exec.send(.resize(columns: now.columns, rows: now.rows))
            }
            switch await input.read(waitingAtMost: terminal == nil ? -1 : 250) {
            case .data(let bytes): await exec.send(.data(bytes))
            case .nothing: continue
            case .end:
                await exec.send(.end)
                return
            }
        }
    }
}
