package import Drivers
import LogServer

/// Reads log files below the log directory.
package struct LogFiles: Sendable {
    private let layout: Layout
    private let reactor: Reactor
    private let threads: Threads

    package init(layout: Layout, reactor: Reactor, threads: Threads) {
        self.layout = layout
        self.reactor = reactor
        self.threads = threads
    }

    /// The last `tailLines` lines of a log (nil = all of it), and then what is appended, if asked for.
    ///
    /// `path` is relative to the log directory. The reader pulls: nothing is read ahead of it.
    package func open(
        _ path: String, tailLines: Int?, follow: Bool
    ) async throws(DriverError) -> AsyncThrowingStream<[UInt8], any Error> {
        guard
            path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy({ !["", ".", ".."].contains($0) })
        else { throw DriverError("ReadLog", path, "not a path below the log directory") }
        let file = "\(layout.logs)/\(path)"
        let reactor = reactor
        let tail = try await threads.run { () throws(DriverError) in
            try LogTail(file, lastLines: tailLines, follow: follow, reactor: reactor)
        }
        let threads = threads
        return AsyncThrowingStream { try await tail.next(on: threads) }
    }

    /// Every log below a directory of the log directory, without those that were rotated; at most a hundred.
    package func names(below path: String) async -> [String] {
        let top = "\(layout.logs)/\(path)"
        do throws(DriverError) {
            return try await threads.run { () throws(DriverError) in
                Self.names(in: top, depth: 0).filter { RotatedName($0) == nil }.prefix(100).map { $0 }
            }
        } catch {
            return []
        }
    }

    private static func names(in directory: String, depth: Int) -> [String] {
        guard depth < 8 else { return [] }
        return Files.names(in: directory).flatMap { name in
            Files.isDirectory("\(directory)/\(name)")
                ? names(in: "\(directory)/\(name)", depth: depth + 1).map { "\(name)/\($0)" } : [name]
        }
    }
}
