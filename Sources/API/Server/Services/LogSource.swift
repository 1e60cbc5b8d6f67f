/// Which of a container's logs to read.
package enum LogStream: String, Sendable, CaseIterable {
    /// What its init writes to the console.
    case console
    /// What LXC says about it.
    case lxc
}

/// Reads container logs of the active revision.
package protocol LogSource: Sendable {
    /// The last `tailLines` lines (nil = all of it), then, with `follow`, what is appended until the reader cancels.
    /// Throws when there is no such log.
    func open(
        container: String, stream: LogStream, tailLines: Int?, follow: Bool
    ) async throws -> any AsyncSequence<[UInt8], any Error> & Sendable
}

/// A device without logs.
package struct NoLogs: LogSource {
    package init() {}

    package func open(
        container: String, stream: LogStream, tailLines: Int?, follow: Bool
    ) async throws -> any AsyncSequence<[UInt8], any Error> & Sendable {
        AsyncThrowingStream { $0.finish() }
    }
}
