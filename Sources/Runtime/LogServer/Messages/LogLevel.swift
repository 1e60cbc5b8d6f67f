/// How grave a message is (`spec/state-format.md`, log sockets).
package enum LogLevel: Int, Sendable, CaseIterable, Comparable {
    case fatal, error, warning, info, debug, trace

    package var name: StaticString {
        switch self {
        case .fatal: "FATAL"
        case .error: "ERROR"
        case .warning: "WARN"
        case .info: "INFO"
        case .debug: "DEBUG"
        case .trace: "TRACE"
        }
    }

    /// The severity in a syslog priority: `<facility * 8 + severity>`.
    package init(syslogPriority priority: Int) {
        switch priority & 7 {
        case 0, 1: self = .fatal
        case 2, 3: self = .error
        case 4: self = .warning
        case 5, 6: self = .info
        default: self = .debug
        }
    }

    /// A number from 0 to 5, or a name in any case.
    package init?(text: some StringProtocol) {
        if let number = Int(text) {
            self.init(rawValue: number)
            return
        }
        let upper = text.uppercased()
        let known = LogLevel.allCases.first { $0.name.description == upper }
        guard let level = known ?? (upper == "WARNING" ? .warning : nil) else { return nil }
        self = level
    }

    package static func < (one: LogLevel, other: LogLevel) -> Bool { one.rawValue < other.rawValue }
}
