import Drivers
import Synchronization

/// A command in a fake container: `true`, `false`, `echo …` and `cat` do what their names say, others are not found.
final class FakeExecSession: ExecSession {
    let output: AsyncStream<ExecOutput>
    private let sink: AsyncStream<ExecOutput>.Continuation
    private let end = Mutex<(code: Int?, waiting: [CheckedContinuation<Int, Never>])>((nil, []))

    init(_ request: ExecRequest) {
        (output, sink) = AsyncStream.makeStream(of: ExecOutput.self)
        switch request.arguments.first {
        case "true": finish(0)
        case "false": finish(1)
        case "echo":
            sink.yield(.standardOutput(Array((request.arguments.dropFirst().joined(separator: " ") + "\n").utf8)))
            finish(0)
        case "cat": break
        case let name:
            sink.yield(.standardError(Array("\(name ?? ""): not found\n".utf8)))
            finish(127)
        }
    }

    func write(_ bytes: [UInt8]) async throws(DriverError) {
        if bytes.isEmpty { finish(0) } else { sink.yield(.standardOutput(bytes)) }
    }

    func resize(columns: Int, rows: Int) {}

    func exitCode() async throws(DriverError) -> Int {
        await withCheckedContinuation { continuation in
            let code = end.withLock { end in
                if end.code == nil { end.waiting.append(continuation) }
                return end.code
            }
            if let code { continuation.resume(returning: code) }
        }
    }

    func cancel() { finish(137) }

    private func finish(_ code: Int) {
        let waiting = end.withLock { end in
            guard end.code == nil else { return [CheckedContinuation<Int, Never>]() }
            end.code = code
            defer { end.waiting = [] }
            return end.waiting
        }
        sink.finish()
        for continuation in waiting { continuation.resume(returning: code) }
    }
}
