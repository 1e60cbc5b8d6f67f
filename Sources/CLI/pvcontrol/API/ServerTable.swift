import JSON

/// A table as the server lays it out (meta.k8s.io/v1 Table).
struct ServerTable: Sendable, Equatable {
    struct Column: Sendable, Equatable {
        let name: String
        let isWide: Bool
        let isNumber: Bool
    }

    struct Row: Sendable, Equatable {
        let cells: [String]
        let object: JSONValue

        var name: String { object["metadata"]?["name"]?.string ?? cells.first ?? "" }
        var identity: String { object["metadata"]?["uid"]?.string ?? name }
    }

    var columns: [Column]
    var rows: [Row]
    let resourceVersion: String?

    /// nil when the document is no Table.
    init?(_ document: JSONValue) {
        guard document["kind"]?.string == "Table" else { return nil }
        columns = (document["columnDefinitions"]?.array ?? []).map { column in
            Column(
                name: column["name"]?.string ?? "", isWide: (column["priority"]?.integer ?? 0) > 0,
                isNumber: ["integer", "number"].contains(column["type"]?.string ?? ""))
        }
        rows = (document["rows"]?.array ?? []).map { row in
            Row(cells: (row["cells"]?.array ?? []).map(ServerTable.text), object: row["object"] ?? [:])
        }
        resourceVersion = document["metadata"]?["resourceVersion"]?.string
    }

    /// A cell for people; what is not known is `<none>`, as kubectl says.
    static func text(_ cell: JSONValue) -> String {
        switch cell {
        case .null: "<none>"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): "\(value)"
        case .string(let text): text.isEmpty ? "<none>" : text
        case .array, .object: String(decoding: cell.compactBytes(), as: UTF8.self)
        }
    }
}
