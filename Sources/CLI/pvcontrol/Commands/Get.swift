import APIClient
import JSON

/// `get`: prints resources, once or as they change.
struct Get: Sendable {
    let session: Session
    let console: Console
    let format: OutputFormat
    let selector: String?
    let fieldSelector: String?
    let sortPath: JSONPath?
    let hasHeader: Bool

    init(_ invocation: Invocation) throws(CommandError) {
        format = try OutputFormat(invocation.value("output"))
        sortPath = try invocation.value("sort-by").map { path throws(CommandError) in try JSONPath(path) }
        session = try Session(invocation)
        console = invocation.console
        selector = invocation.value("selector")
        fieldSelector = invocation.value("field-selector")
        hasHeader = !invocation.has("no-headers")
    }

    static func run(_ invocation: Invocation) async throws -> Int32 {
        let get = try Get(invocation)
        let targets = try await get.session.targets(invocation.arguments)
        if invocation.has("watch") {
            return try await WatchView(get, resumes: false, pause: invocation.context.retryPause).run(targets)
        }
        return try await get.once(targets)
    }

    private func once(_ targets: [Target]) async throws(CommandError) -> Int32 {
        format.isTable ? try await tables(targets) : try await documents(targets)
    }

    // MARK: - Documents

    private func documents(_ targets: [Target]) async throws(CommandError) -> Int32 {
        var failures = 0
        var items: [JSONValue] = []
        var single: JSONValue?
        for target in targets {
            for request in requests(target, accept: "application/json") {
                do throws(CommandError) {
                    let document = try await session.json(request)
                    single = document
                    items += document["items"]?.array ?? [document]
                } catch {
                    try complain(error, &failures)
                }
            }
        }
        let isOne = targets.count == 1 && targets[0].names.count <= 1
        let document =
            isOne
            ? single
            : [
                "apiVersion": "v1", "kind": "List", "metadata": [:], "items": .array(items),
            ]
        if let document, let text = format.text(of: sorted(document)) { try console.print(text, terminator: "") }
        return failures == 0 ? 0 : 1
    }

    private func sorted(_ document: JSONValue) -> JSONValue {
        guard let sortPath, var list = document.object, let items = document["items"]?.array else { return document }
        let keyed = items.map { (key: sortPath.values(in: $0).first ?? .null, item: $0) }
        list["items"] = .array(keyed.sorted { JSONPath.precedes($0.key, $1.key) }.map(\.item))
        return .object(list)
    }

    // MARK: - Tables

    private func tables(_ targets: [Target]) async throws(CommandError) -> Int32 {
        var failures = 0
        var isFirst = true
        for target in targets {
            guard let table = try await table(target, &failures), !table.rows.isEmpty else { continue }
            if !isFirst { try console.print("") }
            isFirst = false
            try show(table, prefix: targets.count > 1 ? target.type.singular : nil)
        }
        if isFirst, failures == 0 { console.complain("No resources found.") }
        return failures == 0 ? 0 : 1
    }

    /// One table of all answers for a target; nil when there was none.
    private func table(_ target: Target, _ failures: inout Int) async throws(CommandError) -> ServerTable? {
        var table: ServerTable?
        for request in requests(target, accept: Session.tableAccept) {
            do throws(CommandError) {
                let document = try await session.json(request)
                let answer = ServerTable(document) ?? ServerTable(plain: document)
                if table == nil { table = answer } else { table?.rows += answer.rows }
            } catch {
                try complain(error, &failures)
            }
        }
        if let sortPath { table?.sort(by: sortPath) }
        return table
    }

    func show(_ table: ServerTable, prefix: String?) throws(CommandError) {
        let text = table.text(isWide: format == .wide, prefix: prefix)
        let width = format == .wide ? nil : console.screen?.columns
        for line in text.lines(hasHeader: hasHeader, width: width, paint: Paint(console)) { try console.print(line) }
    }

    // MARK: - Requests

    /// The requests for a target: one for each name, or one for all.
    private func requests(_ target: Target, accept: String) -> [APIRequest] {
        guard target.names.isEmpty else {
            return target.names.map { withObjects(APIRequest(.get, target.type.path($0), accept: accept)) }
        }
        return [list(target.type, accept: accept)]
    }

    /// The request for all of a type that the selectors take.
    func list(_ type: ResourceType, name: String? = nil, accept: String) -> APIRequest {
        let fields = [name.map { "metadata.name=\($0)" }, fieldSelector].compactMap(\.self)
        return withObjects(
            APIRequest(.get, type.path(), accept: accept)
                .query("labelSelector", selector)
                .query("fieldSelector", fields.isEmpty ? nil : fields.joined(separator: ",")))
    }

    /// Sorting needs the whole objects beside the rows.
    private func withObjects(_ request: APIRequest) -> APIRequest {
        sortPath != nil && format.isTable ? request.query("includeObject", "Object") : request
    }

    /// What the server refuses is said at once, and does not keep the rest from being shown.
    private func complain(_ error: CommandError, _ failures: inout Int) throws(CommandError) {
        guard case .server = error, let text = error.text else { throw error }
        failures += 1
        console.complain(text)
    }
}

extension ServerTable {
    /// What can be shown of a server that lays out no tables.
    init(plain document: JSONValue) {
        columns = [Column(name: "Name", isWide: false, isNumber: false)]
        rows = (document["items"]?.array ?? [document]).map { item in
            Row(cells: [item["metadata"]?["name"]?.string ?? ""], object: item)
        }
        resourceVersion = document["metadata"]?["resourceVersion"]?.string
    }
}
