/// Appends JSON text to one array of bytes.
struct JSONWriter {
    enum Style: Equatable {
        /// Sorted and byte-exact, as signatures need it (`spec/signatures.md` §2).
        case canonical
        case compact
        case pretty(indent: Int)
    }

    let style: Style
    private(set) var bytes: [UInt8] = []
    private var level = 0

    init(_ style: Style) {
        self.style = style
    }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): write(value)
        case .number(let value): write(value)
        case .string(let text): write(text)
        case .array(let elements): write(elements)
        case .object(let object): write(object)
        }
    }

    private mutating func write(_ elements: [JSONValue]) {
        open("[")
        var isFirst = true
        for element in elements {
            separate(&isFirst)
            write(element)
        }
        close("]", isEmpty: isFirst)
    }

    private mutating func write(_ object: JSONObject) {
        open("{")
        var isFirst = true
        if style == .canonical {
            for (key, value) in object.sorted(by: { JSONWriter.precedes($0.key, $1.key) }) {
                write(key, value, &isFirst)
            }
        } else {
            for (key, value) in object { write(key, value, &isFirst) }
        }
        close("}", isEmpty: isFirst)
    }

    private mutating func write(_ key: String, _ value: JSONValue, _ isFirst: inout Bool) {
        separate(&isFirst)
        write(key)
        bytes.append(UInt8(ascii: ":"))
        if case .pretty = style { bytes.append(UInt8(ascii: " ")) }
        write(value)
    }

    /// The order of code points, which is the order of UTF-8 bytes; `String.<` compares composed characters instead.
    static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        level += 1
    }

    private mutating func separate(_ isFirst: inout Bool) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        breakLine()
    }

    private mutating func close(_ bracket: Unicode.Scalar, isEmpty: Bool) {
        level -= 1
        if !isEmpty { breakLine() }
        bytes.append(UInt8(ascii: bracket))
    }

    private mutating func breakLine() {
        guard case .pretty(let indent) = style else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * level))
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }
}

// MARK: - Numbers

extension JSONWriter {
    private mutating func write(_ value: Int64) {
        guard value < 0 || value > 9 else {
            bytes.append(UInt8(ascii: "0") + UInt8(value))
            return
        }
        bytes.append(contentsOf: String(value).utf8)
    }

    private mutating func write(_ value: Double) {
        guard value.isFinite else {
            append("null")
            return
        }
        guard style == .canonical else {
            bytes.append(contentsOf: value.description.utf8)
            return
        }
        if value == value.rounded(.towardZero), let integer = Int64(exactly: value) {
            write(integer)
        } else {
            writeScientific(value)
        }
    }

    /// `d.dddE[-]x` with the fewest digits that read back as the same number.
    private mutating func writeScientific(_ value: Double) {
        var digits: [UInt8] = []
        var exponent = 0
        var point: Int?
        var text = value.magnitude.description.utf8[...]
        if let mark = text.firstIndex(of: UInt8(ascii: "e")) {
            exponent = Int(Substring(text[text.index(after: mark)...])) ?? 0
            text = text[..<mark]
        }
        for byte in text {
            if byte == UInt8(ascii: ".") { point = digits.count } else { digits.append(byte) }
        }
        exponent += (point ?? digits.count) - 1
        let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(zeros)
        exponent -= zeros
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes.append(digits.first ?? UInt8(ascii: "0"))
        bytes.append(UInt8(ascii: "."))
        bytes.append(contentsOf: digits.count > 1 ? digits[1...] : [UInt8(ascii: "0")])
        bytes.append(UInt8(ascii: "E"))
        bytes.append(contentsOf: String(exponent).utf8)
    }
}

// MARK: - Strings

extension JSONWriter {
    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { buffer in
            var start = 0
            for (index, byte) in buffer.enumerated() where JSONWriter.mustEscape(byte) {
                bytes.append(contentsOf: buffer[start..<index])
                escape(byte)
                start = index + 1
            }
            bytes.append(contentsOf: buffer[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0A: append("\\n")
        case 0x0C: append("\\f")
        case 0x0D: append("\\r")
        default:
            append("\\u00")
            for digit in [byte >> 4, byte & 15] { bytes.append(digit < 10 ? 0x30 + digit : 0x41 + digit - 10) }
        }
    }
}

extension JSONValue {
    /// Sorted, without spaces, byte-exact: what signatures and digests are made of (`spec/signatures.md` §2).
    package func canonicalBytes() -> [UInt8] { bytes(.canonical) }

    /// Without spaces, members in their own order.
    package func compactBytes() -> [UInt8] { bytes(.compact) }

    /// For people, members in their own order.
    package func prettyBytes(indent: Int = 4) -> [UInt8] { bytes(.pretty(indent: indent)) }

    private func bytes(_ style: JSONWriter.Style) -> [UInt8] {
        var writer = JSONWriter(style)
        writer.write(self)
        return writer.bytes
    }
}
