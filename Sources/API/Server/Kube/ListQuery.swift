import Model
import Store

/// What a list or watch asks for beside the kind.
struct ListQuery {
    let isWatch: Bool
    let labels: LabelSelector?
    let fields: FieldSelector?
    let limit: Int?
    let continuation: String?
    /// nil = not given.
    let version: ResourceVersion?
    let isExact: Bool
    let sendsInitialEvents: Bool?
    let allowsBookmarks: Bool
    let timeout: Duration?

    init(_ query: Query) throws(KubeStatus) {
        isWatch = query.flag("watch")
        do throws(StoreError) {
            labels = try query["labelSelector"].map { text throws(StoreError) in try LabelSelector(parsing: text) }
            fields = try query["fieldSelector"].map { text throws(StoreError) in try FieldSelector(parsing: text) }
        } catch {
            throw KubeStatus(.badRequest, error.description)
        }
        limit = try ListQuery.number("limit", query).flatMap { $0 > 0 ? $0 : nil }
        continuation = query["continue"]
        version = try ListQuery.version(query)
        isExact = query["resourceVersionMatch"] == "Exact"
        allowsBookmarks = query.flag("allowWatchBookmarks")
        timeout = try ListQuery.number("timeoutSeconds", query).flatMap { $0 > 0 ? .seconds($0) : nil }
        sendsInitialEvents = try ListQuery.initialEvents(query, isWatch: isWatch)
    }

    func matches(_ shown: Shown) -> Bool {
        if let labels, !labels.matches(shown.labels) { return false }
        guard let fields else { return true }
        return shown.document.map(fields.matches) ?? fields.matches(shown.resource)
    }

    /// The name, when the selector asks for exactly one.
    var name: String? {
        fields?.requirements.first { $0.isEqual && $0.field == "metadata.name" }?.value
    }

    var hasSelector: Bool { labels != nil || fields != nil }

    private static func number(_ name: String, _ query: Query) throws(KubeStatus) -> Int? {
        guard let text = query[name] else { return nil }
        guard let number = Int(text), number >= 0, number <= Int(Int32.max) else {
            throw KubeStatus(.badRequest, "\(name) must be a number, not \"\(text)\"")
        }
        return number
    }

    private static func version(_ query: Query) throws(KubeStatus) -> ResourceVersion? {
        guard let text = query["resourceVersion"] else { return nil }
        guard let number = UInt64(text) else {
            throw KubeStatus(.badRequest, "resourceVersion \"\(text)\" was not given out by this server")
        }
        return ResourceVersion(number)
    }

    /// Refused where it cannot be kept: a client that waits for a promise that was silently dropped hangs
    /// (`spec/kube-api.md` §5.6).
    private static func initialEvents(_ query: Query, isWatch: Bool) throws(KubeStatus) -> Bool? {
        guard let text = query["sendInitialEvents"] else { return nil }
        guard isWatch, text == "false" || query["resourceVersionMatch"] == "NotOlderThan" else {
            throw KubeStatus(
                .invalid, "sendInitialEvents is only for a watch with resourceVersionMatch=NotOlderThan")
        }
        return text == "true" || text == "1"
    }
}
