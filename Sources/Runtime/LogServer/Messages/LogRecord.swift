/// What one message says, whatever form it came in.
package struct LogRecord: Sendable, Hashable {
    package var level: LogLevel
    /// Which part of the sender speaks, as a path-safe name.
    package var source: String
    package var text: [UInt8]

    package init(level: LogLevel, source: String, text: [UInt8]) {
        self.level = level
        self.source = source
        self.text = text
    }

    /// How long a message may be; the rest of a longer one is cut off.
    package static let maximumLength = 16_384
    /// Stands at the end of a message that was cut.
    package static let cutMark = Array(" [cut]".utf8)
}
