/// Which of a container's logs to read.
package enum LogStream: Sendable, Hashable {
    /// What its init writes to the console.
    case console
    /// What LXC says about it.
    case lxc
    /// What it logs under a name of its own, or a file inside it that is followed: a path below its logs.
    case source(String)

    private static let maximumLength = 256

    /// Nil when it can be the name of no log.
    init?(_ text: String) {
        switch text {
        case "console": self = .console
        case "lxc": self = .lxc
        default:
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard text.utf8.count <= Self.maximumLength, !text.utf8.contains(0),
                parts.allSatisfy({ !["", ".", ".."].contains($0) })
            else { return nil }
            self = .source(text)
        }
    }

    package var name: String {
        switch self {
        case .console: "console"
        case .lxc: "lxc"
        case .source(let name): name
        }
    }
}

/// Reads the logs of containers; each run's are with the revision that it was started from.
package protocol LogSource: Sendable {
    /// The last `tailLines` lines (nil = all of it), then, with `follow`, what is appended until the reader cancels.
    /// Throws when there is no such log.
    func open(
        container: String, of revision: String, stream: LogStream, tailLines: Int?, follow: Bool
    ) async throws -> any AsyncSequence<[UInt8], any Error> & Sendable

    /// Names of the logs it has beside `console` and `lxc`.
    func sources(of container: String, in revision: String) async -> [String]
}

extension LogSource {
    package func sources(of container: String, in revision: String) async -> [String] { [] }
}

/// A device without logs.
package struct NoLogs: LogSource {
    package init() {}

    package func open(
        container: String, of revision: String, stream: LogStream, tailLines: Int?, follow: Bool
    ) async throws -> any AsyncSequence<[UInt8], any Error> & Sendable {
        AsyncThrowingStream { $0.finish() }
    }
}
