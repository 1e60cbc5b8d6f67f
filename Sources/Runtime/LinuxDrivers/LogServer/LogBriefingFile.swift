package import Drivers
import JSON
package import LogServer

/// Where the runtime leaves its briefing for the log server.
package struct LogBriefingFile: Sendable {
    private let layout: Layout
    private let threads: Threads

    package init(layout: Layout, threads: Threads) {
        self.layout = layout
        self.threads = threads
    }

    /// Replaces the last one; nothing is written where there is no log server.
    package func write(_ briefing: LogBriefing) async throws(DriverError) {
        let (layout, bytes) = (layout, briefing.document.compactBytes())
        try await threads.run { () throws(DriverError) in
            guard Files.isDirectory(layout.logServer) else { return }
            try Files.replace(layout.logBriefing, with: String(decoding: bytes, as: UTF8.self))
        }
    }
}
