import JSON

/// Reads one message of any of the text forms: RFC 5424, RFC 3164, a JSON object, logfmt, or plain text.
///
/// Time and host in it are not believed, nor is any name of a platform: those are what the kernel says.
package enum MessageParser {
    package static func parse(_ message: ArraySlice<UInt8>) -> LogRecord {
        switch message.first {
        case UInt8(ascii: "<"): syslog(message) ?? plain(message)
        case UInt8(ascii: "{"): json(message) ?? plain(message)
        case UInt8(ascii: "l"), UInt8(ascii: "s"), UInt8(ascii: "m"), UInt8(ascii: "v"):
            LogfmtParser.parse(message) ?? plain(message)
        default: plain(message)
        }
    }

    /// The payload of a binary frame: `level\0platform\0source\0text`.
    package static func parse(binary payload: ArraySlice<UInt8>) -> LogRecord? {
        let parts = payload.split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let level = LogLevel(text: String(decoding: parts[0], as: UTF8.self)) ?? .info
        return LogRecord(level: level, source: SourceName.clean(parts[2]), text: Array(parts[3].trimmingEnd))
    }

    private static func plain(_ message: ArraySlice<UInt8>) -> LogRecord {
        LogRecord(level: .info, source: SourceName.unknown, text: Array(message))
    }

    private static func syslog(_ message: ArraySlice<UInt8>) -> LogRecord? {
        var rest = message.dropFirst()
        let digits = rest.prefix(while: \.isDigit)
        guard (1...3).contains(digits.count), rest.dropFirst(digits.count).first == UInt8(ascii: ">") else {
            return nil
        }
        let level = LogLevel(syslogPriority: digits.reduce(0) { $0 * 10 + Int($1 - 48) })
        rest = rest.dropFirst(digits.count + 1)
        let (tag, text) =
            rest.starts(with: [UInt8(ascii: "1"), .space]) ? structured(rest.dropFirst(2)) : bsd(rest)
        let source = tag.map { SourceName.clean($0) } ?? SourceName.unknown
        return LogRecord(level: level, source: source, text: Array(text))
    }

    /// RFC 5424 after its version: time, host, application, process, message id, structured data, text.
    private static func structured(_ message: ArraySlice<UInt8>) -> (tag: ArraySlice<UInt8>?, text: ArraySlice<UInt8>) {
        var rest = message
        var fields: [ArraySlice<UInt8>] = []
        for _ in 0..<5 {
            let field = rest.prefix { $0 != .space }
            fields.append(field)
            rest = rest.dropFirst(field.count + 1)
        }
        let tag = fields[2].elementsEqual([UInt8(ascii: "-")]) || fields[2].isEmpty ? nil : fields[2]
        rest = skippingStructuredData(rest)
        if rest.first == .space { rest = rest.dropFirst() }
        // A byte order mark says that the text is UTF-8.
        return (tag, rest.starts(with: [0xef, 0xbb, 0xbf]) ? rest.dropFirst(3) : rest)
    }

    private static func skippingStructuredData(_ message: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = message
        if rest.first == UInt8(ascii: "-") { return rest.dropFirst() }
        while rest.first == UInt8(ascii: "[") {
            var isQuoted = false
            var isEscaped = false
            let element = rest.prefix { byte in
                defer { isEscaped = byte == UInt8(ascii: "\\") && !isEscaped }
                if byte == UInt8(ascii: "\""), !isEscaped { isQuoted.toggle() }
                return isQuoted || isEscaped || byte != UInt8(ascii: "]")
            }
            rest = rest.dropFirst(element.count + 1)
        }
        return rest
    }

    /// RFC 3164 after its priority: `Mmm dd hh:mm:ss host tag[pid]: text`, of which libraries leave out what they like.
    private static func bsd(_ message: ArraySlice<UInt8>) -> (tag: ArraySlice<UInt8>?, text: ArraySlice<UInt8>) {
        var rest = message
        if hasTime(rest) { rest = rest.dropFirst(16) }
        if let tag = tag(of: rest) { return tag }
        let host = rest.prefix { $0 != .space }
        if host.count < rest.count, let tag = tag(of: rest.dropFirst(host.count + 1)) { return tag }
        return (nil, rest)
    }

    private static func hasTime(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.count >= 16 else { return false }
        let at = { (offset: Int) in text[text.startIndex + offset] }
        return at(3) == .space && at(6) == .space && at(9) == UInt8(ascii: ":") && at(12) == UInt8(ascii: ":")
            && at(15) == .space && at(8).isDigit && at(14).isDigit
    }

    /// `tag:`, `tag[pid]:` at the beginning.
    private static func tag(of text: ArraySlice<UInt8>) -> (tag: ArraySlice<UInt8>?, text: ArraySlice<UInt8>)? {
        let word = text.prefix(128).prefix { $0 != .space && $0 != UInt8(ascii: ":") }
        var rest = text.dropFirst(word.count)
        guard !word.isEmpty, rest.first == UInt8(ascii: ":") else { return nil }
        rest = rest.dropFirst()
        // A time or an address is no tag.
        guard rest.isEmpty || rest.first == .space else { return nil }
        return (word.prefix { $0 != UInt8(ascii: "[") }, rest.first == .space ? rest.dropFirst() : rest)
    }

    /// `{"version":"0","level","src","message"}`.
    private static func json(_ message: ArraySlice<UInt8>) -> LogRecord? {
        let document: JSONValue
        do throws(ManifestError) {
            document = try JSONValue(parsing: Array(message))
        } catch {
            return nil
        }
        guard let text = document["message"]?.string else { return nil }
        let level = document["level"].flatMap { value in
            value.integer.flatMap { LogLevel(rawValue: Int($0)) } ?? value.string.flatMap { LogLevel(text: $0) }
        }
        return LogRecord(
            level: level ?? .info, source: SourceName.clean((document["src"]?.string ?? "").utf8),
            text: Array(text.utf8))
    }
}

extension UInt8 {
    static let space = UInt8(ascii: " ")
    var isDigit: Bool { (48...57).contains(self) }
}

extension ArraySlice<UInt8> {
    /// Without the line ends and zero bytes that libraries put behind a message.
    package var trimmingEnd: ArraySlice<UInt8> {
        var end = endIndex
        while end > startIndex, self[end - 1] == UInt8(ascii: "\n") || self[end - 1] == 0 { end -= 1 }
        return self[..<end]
    }
}
