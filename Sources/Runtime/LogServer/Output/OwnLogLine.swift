/// A line of the runtime's own log: `[pantavisor] <secs> <LEVEL>\t -- [<module>]: text`.
package enum OwnLogLine {
    /// What it says, for the outputs beside its own file; a line of another form is taken as it is.
    package static func parse(_ line: ArraySlice<UInt8>) -> LogRecord {
        let words = line.split(separator: .space, maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, words[0].elementsEqual("[pantavisor]".utf8) else {
            return LogRecord(level: .info, source: "pantavisor.log", text: Array(line))
        }
        let name = words[2].prefix { $0 != UInt8(ascii: "\t") }
        var rest = words[2].dropFirst(name.count)
        guard let level = LogLevel(text: String(decoding: name, as: UTF8.self)), rest.starts(with: "\t -- [".utf8)
        else {
            return LogRecord(level: .info, source: "pantavisor.log", text: Array(line))
        }
        rest = rest.dropFirst(6)
        let module = rest.prefix { $0 != UInt8(ascii: "]") }
        return LogRecord(
            level: level, source: SourceName.clean(module), text: Array(rest.dropFirst(module.count + 3)))
    }
}
