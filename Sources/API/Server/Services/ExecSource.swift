/// Starts commands inside running containers.
package protocol ExecSource: Sendable {
    func start(_ command: [String], terminal: Bool, in container: String) async throws -> any ExecConversation
}

/// A command that runs inside a container, as seen by whoever asked for it.
package protocol ExecConversation: Sendable {
    /// What it writes, until both its streams are closed. One consumer.
    var output: AsyncStream<ExecChunk> { get }
    /// Feeds its standard input; an empty array closes it.
    func write(_ bytes: [UInt8]) async throws
    func resize(columns: Int, rows: Int)
    /// Waits for its end: the exit code, or 128 + the signal.
    func exitCode() async throws -> Int
    /// Kills it when it still runs.
    func cancel()
}

package enum ExecChunk: Sendable, Hashable {
    case standardOutput([UInt8])
    case standardError([UInt8])
}

/// A device that runs no commands.
package struct NoExec: ExecSource {
    package struct Unsupported: Error {}

    package init() {}

    package func start(_ command: [String], terminal: Bool, in container: String) async throws -> any ExecConversation {
        throw Unsupported()
    }
}
