import JSON
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// A command that runs inside a container, over the websocket protocol `v5.channel.k8s.io`.
///
/// Each message is a channel byte and data: 0 standard input, 1 standard output, 2 standard error, 3 the final Status,
/// 4 the terminal's size; 255 closes the channel that its second byte names.
package struct ExecSession: Sendable {
    /// What the command sends.
    package enum Output: Sendable, Equatable {
        case standardOutput([UInt8])
        case standardError([UInt8])
        /// It ended, with this exit code; the last thing that comes.
        case exited(code: Int32, message: String)
    }

    /// What goes to the command.
    package enum Input: Sendable, Equatable {
        case data([UInt8])
        case end
        case resize(columns: Int, rows: Int)
    }

    static let subprotocol = "v5.channel.k8s.io"

    private let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>

    init(_ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>) {
        self.outbound = outbound
    }

    /// Sends input; once the command has ended there is nobody to take it, which is no error.
    package func send(_ input: Input) async {
        // Losing the error is right: the reader sees the end of the connection and says what it means.
        try? await outbound.write(ExecSession.frame(ExecSession.message(input)))
    }

    func pong(_ data: [UInt8]) async {
        // Losing the error is right: a dead connection ends the reader's loop.
        try? await outbound.write(ExecSession.frame(data, opcode: .pong))
    }

    static func message(_ input: Input) -> [UInt8] {
        switch input {
        case .data(let bytes): [0] + bytes
        case .end: [255, 0]
        case .resize(let columns, let rows): [4] + Array("{\"Width\":\(columns),\"Height\":\(rows)}".utf8)
        }
    }

    /// What a message of the server says; nil for channels this client does not know.
    static func output(_ message: [UInt8]) -> Output? {
        let data = Array(message.dropFirst())
        switch message.first {
        case 1: return .standardOutput(data)
        case 2: return .standardError(data)
        case 3: return exit(data)
        case _: return nil
        }
    }

    private static func exit(_ status: [UInt8]) -> Output {
        let document: JSONValue
        do {
            document = try JSONValue(parsing: status)
        } catch {
            return .exited(code: 1, message: "the server's last word is not JSON: \(error)")
        }
        if document["status"]?.string == "Success" { return .exited(code: 0, message: "") }
        let causes = document["details"]?["causes"]?.array ?? []
        let code = causes.first { $0["reason"]?.string == "ExitCode" }?["message"]?.string.flatMap { Int32($0) }
        return .exited(code: code ?? 1, message: code == nil ? document["message"]?.string ?? "it failed" : "")
    }

    /// Frames of a client are masked (RFC 6455 §5.3).
    static func frame(_ data: [UInt8], opcode: WebSocketOpcode = .binary) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: ByteBuffer(bytes: data))
    }
}
