import JSON

/// Writes a document as YAML 1.2 that 1.1 readers read the same.
struct YAMLWriter {
    private var text = ""

    /// The document's lines, each with its newline.
    static func text(_ value: JSONValue) -> String {
        var writer = YAMLWriter()
        writer.write(value, indent: 0, isInline: false)
        return writer.text
    }

    /// `isInline`: the first line continues one that was begun, after `- `.
    private mutating func write(_ value: JSONValue, indent: Int, isInline: Bool) {
        switch value {
        case .object(let members) where !members.isEmpty: write(members, indent, isInline)
        case .array(let elements) where !elements.isEmpty: write(elements, indent, isInline)
        case .string(let string) where YAMLWriter.isBlock(string): writeBlock(string, indent)
        case .null, .bool, .integer, .number, .string, .array, .object: text += YAMLWriter.scalar(value) + "\n"
        }
    }

    private mutating func write(_ members: JSONObject, _ indent: Int, _ isInline: Bool) {
        var isInline = isInline
        for (key, value) in members {
            if !isInline { text += spaces(indent) }
            isInline = false
            text += YAMLWriter.quoteIfNeeded(key) + ":"
            writeMember(value, indent)
        }
    }

    private mutating func writeMember(_ value: JSONValue, _ indent: Int) {
        switch value {
        case .object(let members) where !members.isEmpty:
            text += "\n"
            write(value, indent: indent + 2, isInline: false)
        case .array(let elements) where !elements.isEmpty:
            // As kubectl: a list is not indented under its key.
            text += "\n"
            write(value, indent: indent, isInline: false)
        case .string(let string) where YAMLWriter.isBlock(string):
            text += " "
            writeBlock(string, indent + 2)
        case .null, .bool, .integer, .number, .string, .array, .object:
            text += " " + YAMLWriter.scalar(value) + "\n"
        }
    }

    private mutating func write(_ elements: [JSONValue], _ indent: Int, _ isInline: Bool) {
        var isInline = isInline
        for element in elements {
            if !isInline { text += spaces(indent) }
            isInline = false
            text += "- "
            write(element, indent: indent + 2, isInline: true)
        }
    }

    /// A literal block: `|` keeps the last newline, `|-` has none, `|+` keeps several.
    private mutating func writeBlock(_ string: String, _ indent: Int) {
        let scalars = string.unicodeScalars
        let chomping = !(scalars.last == "\n") ? "-" : scalars.dropLast().last == "\n" ? "+" : ""
        text += "|\(chomping)\n"
        var lines = scalars.split(separator: "\n", omittingEmptySubsequences: false)
        if scalars.last == "\n" { lines.removeLast() }
        for line in lines { text += line.isEmpty ? "\n" : spaces(indent) + String(line) + "\n" }
    }

    private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

    /// Several lines of plain text are easier to read as a block; anything odd is quoted instead.
    private static func isBlock(_ string: String) -> Bool {
        let scalars = string.unicodeScalars
        guard scalars.dropLast().contains("\n"), scalars.first != " ", scalars.first != "\n" else { return false }
        let lines = scalars.split(separator: "\n", omittingEmptySubsequences: false)
        return scalars.allSatisfy { $0 == "\n" || isPlain($0) } && !lines.contains { $0.last == " " }
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    private static func scalar(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .string(let text): quoteIfNeeded(text)
        case .integer, .number: String(decoding: value.compactBytes(), as: UTF8.self)
        case .array: "[]"
        case .object: "{}"
        }
    }

    static func quoteIfNeeded(_ text: String) -> String {
        if isSafe(text) { return text }
        let isReadable = text.unicodeScalars.allSatisfy(isPlain) && text.contains { $0 == "\"" || $0 == "\\" }
        return isReadable ? singleQuoted(text) : doubleQuoted(text)
    }

    /// Whether a plain scalar would be read back as this very string.
    private static func isSafe(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        guard let first = scalars.first, let last = scalars.last, scalars.allSatisfy(isPlain) else { return false }
        guard first != " ", last != " ", last != ":", !"-?:,[]{}#&*!|>'\"%@`=~".unicodeScalars.contains(first) else {
            // A dash is harmless before a letter, as in `-rc1`.
            return first == "-" && scalars.count > 1 && scalars[1].properties.isAlphabetic
                && isSafe(String(text.dropFirst()))
        }
        for (scalar, next) in zip(scalars, scalars.dropFirst()) {
            if scalar == ":" && next == " " || scalar == " " && next == "#" { return false }
        }
        return !isOtherType(text)
    }

    /// Words and numbers that YAML 1.1 or 1.2 reads as something else than text.
    private static func isOtherType(_ text: String) -> Bool {
        let words = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", ".nan", ".inf"]
        if words.contains(text.lowercased()) { return true }
        guard let first = text.unicodeScalars.first else { return true }
        // Numbers of every base, sexagesimals, dates: quoted whatever they are exactly.
        return "0123456789+.".unicodeScalars.contains(first)
            && text.unicodeScalars.allSatisfy { "0123456789abcdefABCDEFxXoO_.:+-TtZz ".unicodeScalars.contains($0) }
    }

    private static func singleQuoted(_ text: String) -> String {
        "'" + text.map { $0 == "'" ? "''" : String($0) }.joined() + "'"
    }

    private static func doubleQuoted(_ text: String) -> String {
        let digits = Array("0123456789abcdef")
        func hex(_ value: UInt32, _ width: Int) -> String {
            String((0..<width).reversed().map { digits[Int(value >> (UInt32($0) * 4)) & 15] })
        }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            case let scalar where isPlain(scalar): quoted.unicodeScalars.append(scalar)
            case let scalar where scalar.value < 0x100: quoted += "\\x" + hex(scalar.value, 2)
            case let scalar where scalar.value < 0x10000: quoted += "\\u" + hex(scalar.value, 4)
            case let scalar: quoted += "\\U" + hex(scalar.value, 8)
            }
        }
        return quoted + "\""
    }
}
