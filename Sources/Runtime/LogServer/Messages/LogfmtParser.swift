/// Reads `level=… src=… message="…"`.
enum LogfmtParser {
    /// Nil when the text has no such pairs.
    static func parse(_ message: ArraySlice<UInt8>) -> LogRecord? {
        var level: LogLevel?
        var source: String?
        var text: [UInt8]?
        var rest = message
        while let (key, value, after) = pair(rest) {
            switch key {
            case "level": level = LogLevel(text: String(decoding: value, as: UTF8.self))
            case "src": source = SourceName.clean(value)
            case "message": text = value
            default: break
            }
            rest = after
        }
        guard let text else { return nil }
        return LogRecord(level: level ?? .info, source: source ?? SourceName.unknown, text: text)
    }

    /// The next pair; nil when what comes next is none.
    private static func pair(
        _ message: ArraySlice<UInt8>
    ) -> (key: String, value: [UInt8], rest: ArraySlice<UInt8>)? {
        let text = message.drop { $0 == .space }
        let key = text.prefix(64).prefix { $0 != UInt8(ascii: "=") && $0 != .space }
        var rest = text.dropFirst(key.count)
        guard !key.isEmpty, rest.first == UInt8(ascii: "=") else { return nil }
        rest = rest.dropFirst()
        let name = String(decoding: key, as: UTF8.self)
        guard rest.first == UInt8(ascii: "\"") else {
            let value = rest.prefix { $0 != .space }
            return (name, Array(value), rest.dropFirst(value.count))
        }
        var value: [UInt8] = []
        var isEscaped = false
        var index = rest.startIndex + 1
        while index < rest.endIndex {
            let byte = rest[index]
            index += 1
            if isEscaped {
                value.append(byte == UInt8(ascii: "n") ? UInt8(ascii: "\n") : byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                return (name, value, rest[index...])
            } else {
                value.append(byte)
            }
        }
        return (name, value, rest[rest.endIndex...])
    }
}
