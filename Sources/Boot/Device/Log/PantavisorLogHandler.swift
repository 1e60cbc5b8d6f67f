import Glibc
import Logging
import Synchronization

/// Our own log as upstream lays it out: `[pantavisor] <secs> <LEVEL>\t -- [<module>]: msg` in
/// `logs/<rev>/pantavisor/pantavisor.log` (`spec/runtime-behaviour.md` §12).
struct PantavisorLogHandler: LogHandler {
    /// A logger's own level, when it has one.
    private var ownLevel: Logger.Level?
    var metadata: Logger.Metadata = [:]
    private let label: String
    private let file: LogFile
    private let threshold: LogThreshold

    init(label: String, threshold: LogThreshold, file: LogFile) {
        self.label = label
        self.threshold = threshold
        self.file = file
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? threshold.current }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let merged = metadata.merging(event.metadata ?? [:]) { _, last in last }
        let details = merged.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        // One line per message, whatever a container or a client put into it.
        let message = "\(event.message)\(details)".map { $0.isNewline ? " | " : String($0) }.joined()
        file.write("[pantavisor] \(time.tv_sec) \(event.level.pantavisorName)\t -- [\(label)]: \(message)\n")
    }
}

extension Logger.Level {
    fileprivate var pantavisorName: String {
        switch self {
        case .critical: "FATAL"
        case .error: "ERROR"
        case .warning: "WARN"
        case .notice, .info: "INFO"
        case .debug: "DEBUG"
        case .trace: "TRACE"
        }
    }
}
