import Foundation
import Model
import Testing

struct ReferenceTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/api-reference.md")

    @Test func `the reference in docs is what the tables of the kinds say`() throws {
        let text = Reference.markdown
        if ProcessInfo.processInfo.environment["PANTAVISOR_UPDATE_DOCS"] == "1" {
            try text.write(to: Self.file, atomically: true, encoding: .utf8)
        }
        let written = try? String(contentsOf: Self.file, encoding: .utf8)
        #expect(written == text, "docs/api-reference.md is old; run hack/update-docs.sh")
    }
}

struct ConfigurationReferenceTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/configuration.md")
    private static let begin = "<!-- keys -->\n"
    private static let end = "<!-- /keys -->\n"

    @Test func `the page of settings has the table of keys`() throws {
        let page = try String(contentsOf: Self.file, encoding: .utf8)
        let start = try #require(page.range(of: Self.begin))
        let finish = try #require(page.range(of: Self.end))
        let text = page[..<start.upperBound] + table + page[finish.lowerBound...]
        if ProcessInfo.processInfo.environment["PANTAVISOR_UPDATE_DOCS"] == "1" {
            try text.write(to: Self.file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: Self.file, encoding: .utf8) == text, "run hack/update-docs.sh")
    }

    private var table: String {
        let rows = ConfigKey.all.map { key in
            let fallback = key.fallback.isEmpty ? "" : "`\(key.fallback)`"
            return "| `\(key.name)` | \(form(key)) | \(fallback) | \(levels(key)) | \(key.about) |\n"
        }
        return "| key | value | default | set by | what |\n|---|---|---|---|---|\n" + rows.joined()
    }

    private func form(_ key: ConfigKey) -> String {
        guard !key.isSecret else { return "secret" }
        return switch key.form {
        case .flag: "0 or 1"
        case .number(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .time: "time"
        case .text: "text"
        case .path: "path"
        case .choice(let words): words.joined(separator: ", ")
        }
    }

    private func levels(_ key: ConfigKey) -> String {
        let names: [(ConfigLevel, String)] = [
            (.pantavisorFile, "pantavisor"), (.pantahubFile, "pantahub"), (.policy, "policy"), (.oem, "OEM"),
            (.metadata, "metadata"), (.command, "command"),
        ]
        return names.filter { key.levels.contains($0.0) }.map(\.1).joined(separator: " ")
    }
}

/// The reference of all kinds, from their tables.
private enum Reference {
    static var markdown: String {
        let kinds = Kinds.all.map { $0 as any Kind.Type }
        let parts = [introduction] + kinds.map(section) + [metadata]
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static let introduction = """
        # API reference

        Every kind and every member of it, as `kubectl explain` shows them. Made from the tables of the kinds by
        `hack/update-docs.sh`; change those. How to read and write resources: [The API](api.md).

        A member in **bold** must be there in what a user creates; `?` marks one that may be missing.
        """

    private static func section(_ kind: any Kind.Type) -> String {
        func open<K: Kind>(_ kind: K.Type) -> String {
            let descriptor = K.descriptor
            let names = ([descriptor.plural] + descriptor.shortNames).map { "`\($0)`" }.joined(separator: ", ")
            let fields = Schema.fields(of: kind).dropFirst(3)
            return """
                ## \(descriptor.name)

                \(names) in `\(descriptor.apiVersion)`. \(rule(descriptor))

                \(table(Array(fields), isCreatable: descriptor.isUserCreatable))
                """
        }
        return open(kind)
    }

    private static func rule(_ kind: KindDescriptor) -> String {
        guard !kind.userPaths.isEmpty else { return "Written by controllers only." }
        let paths = kind.userPaths.map { "`\($0.joined(separator: "."))`" }.joined(separator: ", ")
        return (kind.isUserCreatable ? "Users create and delete it, and may change " : "Derived; users may change ")
            + paths + "."
    }

    private static var metadata: String {
        guard case .object(let fields) = Schema.metadata.type else { return "" }
        return """
            ## metadata

            The same for every kind.

            \(table(fields, isCreatable: false))
            """
    }

    private static func table(_ fields: [Field], isCreatable: Bool) -> String {
        "| member | type | what |\n|---|---|---|\n"
            + fields.flatMap { rows($0, below: "", isBold: isCreatable) }.joined(separator: "\n")
    }

    private static func rows(_ field: Field, below path: String, isBold: Bool) -> [String] {
        let name = path.isEmpty ? field.name : "\(path).\(field.name)"
        let isBold = isBold && field.name != "status"
        let mark = field.isRequired ? "" : "?"
        let shown = isBold && field.isRequired ? "**`\(name)`**" : "`\(name)\(mark)`"
        let fallback = field.fallback.map { " Default: `\($0)`." } ?? ""
        let row = "| \(shown) | \(type(field.type)) | \(field.about)\(fallback) |"
        return [row] + members(of: field.type).flatMap { rows($0, below: name, isBold: isBold) }
    }

    private static func members(of type: FieldType) -> [Field] {
        switch type {
        case .object(let fields), .list(.object(let fields)): fields
        default: []
        }
    }

    private static func type(_ type: FieldType) -> String {
        switch type {
        case .choice(let choices): choices.map { "`\($0)`" }.joined(separator: " ")
        case .list(let element): "list of \(Reference.type(element))"
        case .any: "any JSON"
        case .map: "texts by name"
        default: "\(type)".prefix { $0 != "(" }.description
        }
    }
}
