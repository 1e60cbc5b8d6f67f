/// A place in a document (RFC 6901): `/a~1run.json/volumes/0`.
package struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    /// The escaped form; empty for the whole document.
    package private(set) var description: String

    package init() { description = "" }

    package init(_ tokens: some Sequence<String>) {
        description = tokens.reduce(into: "") { $0 += "/" + JSONPointer.escape($1) }
    }

    /// Takes the escaped form as it is.
    package init(escaped description: String) { self.description = description }

    package func appending(_ key: String) -> JSONPointer {
        JSONPointer(escaped: description + "/" + JSONPointer.escape(key))
    }

    package func appending(_ index: Int) -> JSONPointer { JSONPointer(escaped: description + "/\(index)") }

    /// The member names and indices, unescaped.
    package var tokens: [String] {
        description.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            JSONPointer.unescape(String($0))
        }
    }

    /// `~` is written `~0` and `/` is written `~1`.
    package static func escape(_ token: String) -> String {
        guard token.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "~") }) else { return token }
        var text = String.UnicodeScalarView()
        for scalar in token.unicodeScalars {
            switch scalar {
            case "~": text.append(contentsOf: "~0".unicodeScalars)
            case "/": text.append(contentsOf: "~1".unicodeScalars)
            default: text.append(scalar)
            }
        }
        return String(text)
    }

    private static func unescape(_ token: String) -> String {
        guard token.utf8.contains(UInt8(ascii: "~")) else { return token }
        var text = String.UnicodeScalarView()
        var rest = token.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch (scalar, rest.first) {
            case ("~", "0"):
                text.append("~")
                rest.removeFirst()
            case ("~", "1"):
                text.append("/")
                rest.removeFirst()
            default: text.append(scalar)
            }
        }
        return String(text)
    }
}

extension JSONValue {
    /// The value at a place, or nil when there is none.
    package subscript(pointer: JSONPointer) -> JSONValue? {
        var value = self
        for token in pointer.tokens {
            let next: JSONValue? =
                switch value {
                case .object(let object): object[token]
                case .array(let elements): Int(token).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
                case .null, .bool, .integer, .number, .string: nil
                }
            guard let next else { return nil }
            value = next
        }
        return value
    }

    /// What it is, for messages: `the number 5`, `an object`.
    package var summary: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "the number \(value)"
        case .number(let value): "the number \(value)"
        case .string(let text): "the string " + JSONValue.quoted(text)
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// A text as messages show it: escaped, in quotes, and not endless.
    package static func quoted(_ text: String) -> String {
        let limit = 80
        let shown = text.unicodeScalars.count > limit ? String(text.unicodeScalars.prefix(limit)) + "…" : text
        return String(decoding: JSONValue.string(shown).compactBytes(), as: UTF8.self).escapingControls()
    }
}
