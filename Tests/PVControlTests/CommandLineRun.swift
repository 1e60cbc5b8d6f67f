import Model
import PVControl
import Synchronization

/// One run of the tool, with what it printed.
struct CommandLineRun: Sendable, Equatable {
    var code: Int32
    var output: String
    var errors: String

    private final class Buffer: Sendable {
        let bytes = Mutex<[UInt8]>([])
        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
        func append(_ more: [UInt8]) -> Bool {
            bytes.withLock { $0 += more }
            return true
        }
    }

    /// Runs it with buffers for output; `screen` makes it believe in a terminal.
    static func pvcontrol(
        _ arguments: [String], socket: String? = nil, screen: Console.Screen? = nil, input: Int32 = -1,
        environment: [String: String] = [:], outputLimit: Int = .max
    ) async -> CommandLineRun {
        let output = Buffer()
        let errors = Buffer()
        let console = Console(
            screen: screen, input: input,
            output: { bytes in output.append(bytes) && output.bytes.withLock { $0.count } < outputLimit },
            errors: { errors.append($0) })
        let words = (socket.map { ["-s", $0] } ?? []) + arguments
        let code = await PVControl.main(
            words, environment: Environment(environment), console: console, retryPause: .zero,
            // 2026-02-01T00:02:00Z
            now: { Timestamp(seconds: 1_769_904_120) })
        return CommandLineRun(code: code, output: output.text, errors: errors.text)
    }
}
