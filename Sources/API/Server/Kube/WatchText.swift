import JSON
import Model
import Store

/// Writes watch events as lines of JSON (`spec/kube-api.md` §3.2).
struct WatchText: Sendable {
    let entry: KindEntry
    /// nil = resources as they are.
    let table: TableText?
    let show: @Sendable (AnyResource) -> Shown
    private var hasSentColumns = false

    init(entry: KindEntry, table: TableText?, show: @escaping @Sendable (AnyResource) -> Shown) {
        self.entry = entry
        self.show = show
        self.table = table
    }

    mutating func write(_ event: WatchEvent, into text: inout JSONText) {
        switch event {
        case .added(let resource): write("ADDED", resource, into: &text)
        case .modified(let resource): write("MODIFIED", resource, into: &text)
        case .deleted(let resource): write("DELETED", resource, into: &text)
        case .bookmark(let version, let isInitialEnd): bookmark(version, isInitialEnd, into: &text)
        }
    }

    func write(_ failure: KubeStatus, into text: inout JSONText) {
        text.raw("{\"type\":\"ERROR\",\"object\":")
        text.raw(failure.document.compactBytes())
        text.raw("}\n")
    }

    private mutating func write(_ type: StaticString, _ resource: AnyResource, into text: inout JSONText) {
        text.raw("{\"type\":\"")
        // A change of something else changes what is shown.
        text.raw(resource.kind == entry.source ? type : "MODIFIED")
        text.raw("\",\"object\":")
        if let table {
            let version = resource.metadata.resourceVersion
            table.write([show(resource)], version: version, hasColumns: !hasSentColumns, into: &text)
            hasSentColumns = true
        } else {
            text.raw(show(resource).json())
        }
        text.raw("}\n")
    }

    private func bookmark(_ version: ResourceVersion, _ isInitialEnd: Bool, into text: inout JSONText) {
        text.raw("{\"type\":\"BOOKMARK\",\"object\":{\"kind\":")
        text.string(entry.descriptor.name.description)
        text.raw(",\"apiVersion\":")
        text.string(entry.descriptor.apiVersion)
        text.raw(",\"metadata\":{\"resourceVersion\":\"")
        text.integer(version.number)
        text.raw("\",\"creationTimestamp\":null")
        if isInitialEnd { text.raw(",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}") }
        text.raw("}}}\n")
    }
}
