import JSON

/// What `-o` asks for.
enum OutputFormat: Sendable, Equatable {
    case table
    case wide
    case json
    case yaml
    case name
    case jsonPath(JSONPath)

    static let option = Option(
        "o", "output", value: "FORMAT", about: "table, wide, json, yaml, name or jsonpath=TEMPLATE",
        choices: ["table", "wide", "json", "yaml", "name", "jsonpath="])

    init(_ text: String?) throws(CommandError) {
        switch text {
        case nil, "table": self = .table
        case "wide": self = .wide
        case "json": self = .json
        case "yaml": self = .yaml
        case "name": self = .name
        case let text?:
            guard text.hasPrefix("jsonpath=") else {
                let known = OutputFormat.option.choices
                throw .usage(
                    "unknown output format '\(text)': table, wide, json, yaml, name or jsonpath=TEMPLATE"
                        + didYouMean(text, known), command: nil)
            }
            self = .jsonPath(try JSONPath(String(text.dropFirst("jsonpath=".count))))
        }
    }

    /// Whether the server lays out the rows.
    var isTable: Bool { self == .table || self == .wide }

    /// A whole answer: one resource, or a List.
    ///
    /// nil for tables.
    func text(of document: JSONValue) -> String? {
        switch self {
        case .table, .wide: nil
        case .json: String(decoding: document.prettyBytes(indent: 4), as: UTF8.self) + "\n"
        case .yaml: YAMLWriter.text(document)
        case .name: OutputFormat.names(document).map { $0 + "\n" }.joined()
        case .jsonPath(let path): OutputFormat.endingLine(path.text(of: document))
        }
    }

    private static func endingLine(_ text: String) -> String {
        text.isEmpty || text.hasSuffix("\n") ? text : text + "\n"
    }

    private static func names(_ document: JSONValue) -> [String] {
        if let items = document["items"]?.array { return items.flatMap(names) }
        guard let kind = document["kind"]?.string, let name = document["metadata"]?["name"]?.string else { return [] }
        return ["\(kind.lowercased())/\(name)"]
    }
}
