/// A message on its way to the outputs.
package struct LogMessage: Sendable, Hashable {
    /// The device itself, among containers.
    package static let ownPlatform = "pantavisor"

    /// Whose it is, as the kernel says.
    package var platform: String
    package var record: LogRecord
    /// Counts the platform's messages; nil for those that lie in a file of their own.
    package var number: UInt64?
    /// When it came: seconds and nanoseconds.
    package var seconds: Int64
    package var nanoseconds: Int64

    package init(
        platform: String, record: LogRecord, number: UInt64?, seconds: Int64 = 0, nanoseconds: Int64 = 0
    ) {
        self.platform = platform
        self.record = record
        self.number = number
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// A line of `logs/<revision>/<platform>/<source>`: the text as it is.
    package func treeLine(timestamp: String?) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(record.text.count + 1)
        if let timestamp {
            line += timestamp.utf8
            line.append(.space)
        }
        line += record.text
        line.append(UInt8(ascii: "\n"))
        return line
    }

    /// A line of `pv.log`: one JSON object.
    package func jsonLine(timestamp: String?) -> [UInt8] {
        var line = Array("{".utf8)
        if let timestamp {
            line += "\"ts\":".utf8
            line.appendJSON(Array(timestamp.utf8))
        } else {
            line += "\"tsec\":\(seconds),\"tnano\":\(nanoseconds)".utf8
        }
        line += ",\"platform\":".utf8
        line.appendJSON(Array(platform.utf8))
        line += ",\"lvl\":\"\(record.level.name)\",\"src\":".utf8
        line.appendJSON(Array(record.source.utf8))
        if let number { line += ",\"seq\":\(number)".utf8 }
        line += ",\"msg\":".utf8
        line.appendJSON(record.text)
        line += "}\n".utf8
        return line
    }

    /// A line for a terminal: always one, whatever is in the text.
    package func printedLine(timestamp: String?) -> [UInt8] {
        let time = timestamp ?? String(seconds)
        var line = Array("[\(platform)] \(time) \(record.level.name)\t -- [\(record.source)]: ".utf8)
        line += record.text.map { $0 < 0x20 && $0 != 0x09 || $0 == 0x7f ? .space : $0 }
        line.append(UInt8(ascii: "\n"))
        return line
    }
}

extension [UInt8] {
    /// A JSON string; bytes that are no UTF-8 become replacement characters.
    fileprivate mutating func appendJSON(_ text: [UInt8]) {
        append(UInt8(ascii: "\""))
        let isASCII = text.allSatisfy { $0 < 0x80 }
        for byte in isASCII ? text : Array(String(decoding: text, as: UTF8.self).utf8) {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case UInt8(ascii: "\n"): self += "\\n".utf8
            case UInt8(ascii: "\t"): self += "\\t".utf8
            case ..<0x20:
                self += byte < 0x10 ? "\\u000".utf8 : "\\u00".utf8
                self += String(byte, radix: 16).utf8
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }
}
