/// One member of a document: what the API takes and shows there, for validation, OpenAPI and the reference.
package struct Field: Sendable, Equatable {
    package let name: String
    package let type: FieldType
    /// Whether a document without it is refused; one with a fallback never is.
    package let isRequired: Bool
    /// What a missing member means, as text.
    package let fallback: String?
    /// A sentence or a few.
    package let about: String

    package init(_ name: String, _ type: FieldType, isRequired: Bool, fallback: String? = nil, about: String) {
        self.name = name
        self.type = type
        self.isRequired = isRequired
        self.fallback = fallback
        self.about = about
    }
}

package indirect enum FieldType: Sendable, Equatable {
    case string, integer, number, boolean
    /// A UTC time, like 2026-01-31T23:59:59Z.
    case time
    /// Whatever is valid JSON.
    case any
    /// Texts by name.
    case map
    case choice([String])
    case list(FieldType)
    case object([Field])

    /// What a value must be, as a message says it.
    package var name: String {
        switch self {
        case .string: "a string"
        case .integer: "a whole number"
        case .number: "a number"
        case .boolean: "true or false"
        case .time: "a UTC time like 2026-01-31T23:59:59Z"
        case .any: "a value"
        case .map: "an object of strings"
        case .choice(let values): values.joined(separator: ", ")
        case .list: "a list"
        case .object: "an object"
        }
    }
}

extension [Field] {
    package subscript(name: String) -> Field? { first { $0.name == name } }

    /// The field at a path through objects.
    package func field(at path: some Collection<String>) -> Field? {
        guard let name = path.first, let field = self[name] else { return nil }
        guard path.count > 1 else { return field }
        guard case .object(let members) = field.type else { return nil }
        return members.field(at: path.dropFirst())
    }
}

/// The shape of a kind's documents, written as a table beside its columns.
///
/// A line is `name type description`, members of an object below it, two spaces further in. `name?` may be missing;
/// `type=value` says what a missing one means. Types: `string integer number boolean time any map object`, `a|b` for a
/// choice, `[type]` for a list, `@Name` for a shape that several kinds have.
package enum Schema {
    /// Every member of a kind's document.
    package static func fields<K: Kind>(of kind: K.Type) -> [Field] {
        let table = K.descriptor.isFlat ? K.schema : K.schema + commonStatus
        return parse(common + table)
    }

    package static let metadata = parse(common)[2]

    package static func parse(_ table: String) -> [Field] {
        parse(table, sharing: parse(sharedTable, sharing: []))
    }

    private static func parse(_ table: String, sharing shared: [Field]) -> [Field] {
        var lines = table.split(separator: "\n").map { SchemaLine($0) }[...]
        return fields(in: &lines, indent: 0, shared)
    }

    private static func fields(
        in lines: inout ArraySlice<SchemaLine>, indent: Int, _ shared: [Field]
    ) -> [Field] {
        var fields: [Field] = []
        while let line = lines.first, line.indent >= indent {
            lines.removeFirst()
            let members = Schema.fields(in: &lines, indent: line.indent + 2, shared)
            fields.append(
                Field(
                    line.name, type(line.type, members, shared), isRequired: line.isRequired, fallback: line.fallback,
                    about: line.about))
        }
        return fields
    }

    private static func type(_ text: Substring, _ members: [Field], _ shared: [Field]) -> FieldType {
        if text.hasPrefix("[") { return .list(type(text.dropFirst().dropLast(), members, shared)) }
        if text.hasPrefix("@") { return shared[String(text.dropFirst())]?.type ?? .any }
        switch text {
        case "string": return .string
        case "integer": return .integer
        case "number": return .number
        case "boolean": return .boolean
        case "time": return .time
        case "map": return .map
        case "object": return .object(members)
        default:
            return text.utf8.contains(UInt8(ascii: "|")) ? .choice(text.split(separator: "|").map(String.init)) : .any
        }
    }
}

/// One line of a table, cut up.
private struct SchemaLine {
    let indent: Int
    let name: String
    let isRequired: Bool
    let type: Substring
    let fallback: String?
    let about: String

    init(_ line: Substring) {
        let text = line.drop { $0 == " " }
        indent = line.utf8.count - text.utf8.count
        let words = text.split(separator: " ", maxSplits: 2)
        let isOptional = words[0].hasSuffix("?")
        name = String(isOptional ? words[0].dropLast() : words[0])
        let parts = (words.count > 1 ? words[1] : "any").split(separator: "=", maxSplits: 1)
        type = parts[0]
        fallback = parts.count > 1 ? String(parts[1]) : nil
        isRequired = !isOptional && fallback == nil
        about = words.count > 2 ? String(words[2]) : ""
    }
}
