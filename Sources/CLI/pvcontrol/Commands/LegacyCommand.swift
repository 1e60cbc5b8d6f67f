import APIClient
import JSON

/// One of upstream's subcommands: a single request, whose body is printed as it is (`spec/pv-ctrl-api.md` §7).
struct LegacyCommand: Sendable {
    let name: String
    var aliases: [String] = []
    let summary: String
    var arguments: [Argument] = []
    let request: @Sendable (Words) -> APIRequest

    /// The arguments of a command, by position; what was left out is empty.
    struct Words: Sendable {
        let words: [String]
        let message: String?

        subscript(position: Int) -> String { position < words.count ? words[position] : "" }
    }

    var command: Command {
        let request = request
        return Command(
            name: name, aliases: aliases, summary: summary, arguments: arguments, section: .upstream,
            run: { invocation in
                let words = Words(words: invocation.arguments, message: invocation.value("message"))
                return try await LegacyCommand.run(request(words), invocation)
            })
    }

    private static func run(_ request: APIRequest, _ invocation: Invocation) async throws -> Int32 {
        let session = try Session(invocation)
        return try finish(try await send(request, nil, session), session.console)
    }

    /// Sends; without an answer the exit code is upstream's.
    static func send(
        _ request: APIRequest, _ upload: Upload?, _ session: Session
    ) async throws(CommandError) -> APIResponse {
        do throws(CommandError) {
            return try await session.send(request, upload: upload)
        } catch {
            if let text = error.text { session.console.complain(text) }
            throw .silent(code: 255)
        }
    }

    /// Prints as upstream does: a success on standard output, all else on standard error, with its exit code.
    static func finish(_ response: APIResponse, _ console: Console) throws(CommandError) -> Int32 {
        if response.status == 200 {
            try console.write(response.body + [UInt8(ascii: "\n")])
            return 0
        }
        console.complain(response.text)
        return exitCode(response)
    }

    static func exitCode(_ response: APIResponse) -> Int32 {
        if response.status == 503 { return 75 }
        return switch response.text {
        case #"{"Error":"Not enough disk space available"}"#: 48
        case #"{"Error":"Object has bad checksum"}"#: 60
        case #"{"Error":"State verification has failed"}"#: 70
        case _: 255
        }
    }
}
