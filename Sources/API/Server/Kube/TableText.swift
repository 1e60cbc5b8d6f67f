import JSON
import Model

/// Server-side tables (`spec/kube-api.md` §3.1).
struct TableText: Sendable {
    /// What each row carries beside its cells.
    enum RowObject: String, Sendable {
        case nothing = "None"
        case metadata = "Metadata"
        case whole = "Object"
    }

    let entry: KindEntry
    let object: RowObject
    let now: @Sendable () -> Timestamp

    /// A whole table; `continuing` is the token of the next page, `hasColumns` false leaves their definitions out.
    func write(
        _ resources: [Shown], version: ResourceVersion, continuing: String? = nil, hasColumns: Bool = true,
        into text: inout JSONText
    ) {
        text.raw("{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{\"resourceVersion\":\"")
        text.integer(version.number)
        text.raw("\"")
        if let continuing {
            text.raw(",\"continue\":")
            text.string(continuing)
        }
        text.raw("},")
        text.raw(hasColumns ? entry.columnDefinitions : Array("\"columnDefinitions\":[]".utf8))
        text.raw(",\"rows\":")
        text.array(resources) { row($1, into: &$0) }
        text.raw("}")
    }

    private func row(_ shown: Shown, into text: inout JSONText) {
        let now = now()
        text.raw("{\"cells\":[")
        text.string(shown.name)
        let cells = shown.document.flatMap { entry.projection?.cells($0) } ?? shown.resource.cells
        for (column, cell) in zip(entry.columns, cells) {
            text.raw(",")
            if column.isTime, let time = cell.string.flatMap(Timestamp.init) {
                text.string(Age.text(of: time, at: now))
            } else {
                text.raw(cell.compactBytes())
            }
        }
        text.raw(",")
        text.string(Age.text(of: shown.resource.metadata.creationTimestamp, at: now))
        text.raw("]")
        switch object {
        case .nothing: break
        case .metadata:
            text.raw(",\"object\":")
            text.raw(shown.partialJSON())
        case .whole:
            text.raw(",\"object\":")
            text.raw(shown.json())
        }
        text.raw("}")
    }
}
