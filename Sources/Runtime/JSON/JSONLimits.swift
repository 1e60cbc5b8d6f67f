/// How large a document may be.
///
/// Everything that comes from outside is read within limits.
package struct JSONLimits: Sendable, Equatable {
    package var bytes: Int
    /// Objects and arrays within each other.
    package var depth: Int
    /// Values and member names in all; bounds the memory a small text can take.
    package var values: Int

    package init(bytes: Int, depth: Int, values: Int) {
        self.bytes = bytes
        self.depth = depth
        self.values = values
    }

    package static let standard = JSONLimits(bytes: 16 << 20, depth: 64, values: 1_000_000)
}

extension JSONLimits {
    /// Looks through the text once, before anything is built from it.
    func check(_ text: [UInt8]) throws(ManifestError) {
        guard text.count <= bytes else {
            throw ManifestError(
                path: "", reason: "is \(text.count) bytes long; at most \(bytes) are read: keep large data in objects")
        }
        var scan = JSONScan()
        for byte in text {
            scan.take(byte)
            guard scan.depth <= depth else {
                throw ManifestError(
                    path: "", reason: "\(scan.position): nested deeper than \(depth) levels; make the document flatter")
            }
            guard scan.values <= values else {
                throw ManifestError(
                    path: "", reason: "\(scan.position): more than \(values) values; split the document")
            }
        }
    }
}

/// Counts nesting and values, without understanding the text further than where strings are.
private struct JSONScan {
    private(set) var depth = 0
    private(set) var values = 1
    private var line = 1
    private var column = 0
    private var isInString = false
    private var isEscaped = false

    var position: String { "line \(line), column \(column)" }

    mutating func take(_ byte: UInt8) {
        if byte == UInt8(ascii: "\n") {
            line += 1
            column = 0
        } else {
            column += 1
        }
        if isInString {
            takeInString(byte)
            return
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            depth += 1
            values += 1
        case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
        case UInt8(ascii: ","), UInt8(ascii: ":"): values += 1
        default: break
        }
    }

    private mutating func takeInString(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            isInString = false
        }
    }
}
