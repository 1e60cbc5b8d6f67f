/// Writes JSON text piece by piece, where the order of members and the very bytes matter.
struct JSONText {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// Text that is JSON already.
    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func raw(_ json: [UInt8]) {
        bytes.append(contentsOf: json)
    }

    mutating func integer(_ number: some BinaryInteger) {
        bytes.append(contentsOf: String(number).utf8)
    }

    /// A quoted string; quotes, backslashes and control characters become `\u00XX`, as upstream writes them: the
    /// shells that `pvcontrol` runs in would expand `\n` (`spec/pv-ctrl-api.md` §7).
    mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                raw("\\u00")
                bytes.append(JSONText.hexDigits[Int(byte >> 4)])
                bytes.append(JSONText.hexDigits[Int(byte & 15)])
            } else {
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func string(_ text: String?) {
        if let text { string(text) } else { raw("null") }
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}

extension JSONText {
    /// Elements separated by commas, in brackets.
    mutating func array<Element>(_ elements: some Sequence<Element>, _ write: (inout JSONText, Element) -> Void) {
        raw("[")
        var isFirst = true
        for element in elements {
            if !isFirst { raw(",") }
            isFirst = false
            write(&self, element)
        }
        raw("]")
    }
}
