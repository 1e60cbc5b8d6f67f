import JSON
import Model
import Store

/// get, list and watch.
extension KubeAPI {
    func get(_ entry: KindEntry, _ name: String, _ head: Request.Head) -> Response {
        let snapshot = store.snapshot()
        guard let shown = find(entry, name, in: snapshot) else {
            return KubeStatus.notFound(entry.descriptor, name).response
        }
        guard head.wantsTable else { return Response(body: shown.json()) }
        var text = JSONText(capacity: 2048)
        table(entry, head).write([shown], version: shown.resource.metadata.resourceVersion, into: &text)
        return Response(body: text.bytes)
    }

    func find(_ entry: KindEntry, _ name: String, in snapshot: Snapshot) -> Shown? {
        guard let projection = entry.projection else {
            return snapshot[ResourceKey(entry.descriptor.name, name)].map {
                entry.show($0, in: snapshot, services.hardware)
            }
        }
        let source = snapshot.all(of: projection.source).first { projection.name($0.name) == name }
        return source.map { entry.show($0, in: snapshot, services.hardware) }
    }

    func list(_ entry: KindEntry, _ query: ListQuery, _ head: Request.Head) -> Reply {
        do throws(KubeStatus) {
            let page = try page(entry, query)
            var text = JSONText(capacity: 256 + page.resources.count * 1024)
            if head.wantsTable {
                table(entry, head).write(
                    page.resources, version: page.version, continuing: page.continuing, into: &text)
            } else {
                write(entry, page, into: &text)
            }
            return .now(Response(body: text.bytes))
        } catch {
            return .now(error.response)
        }
    }

    func watch(_ entry: KindEntry, _ query: ListQuery, _ head: Request.Head) -> Reply {
        var options = WatchOptions(
            kinds: Set([entry.source, entry.projection?.trigger].compactMap { $0 }), bookmarks: query.allowsBookmarks,
            limit: limits.watchQueue)
        let show = { @Sendable [store, services] resource in
            // A view may tell of several resources; of one that is not a view the snapshot means nothing.
            entry.show(resource, in: store.snapshot(), services.hardware)
        }
        if query.hasSelector { options.matches = { query.matches(show($0)) } }
        let version = query.version ?? .none
        let wantsState = query.sendsInitialEvents ?? (version == .none)
        options.from = wantsState ? .initialEvents : version == .none ? .now : .after(version)
        let table = head.wantsTable ? table(entry, head) : nil
        return .watch(
            WatchPlan(
                store: store, options: options, text: WatchText(entry: entry, table: table, show: show),
                timeout: query.timeout,
                kind: entry.descriptor))
    }

    private func table(_ entry: KindEntry, _ head: Request.Head) -> TableText {
        let object = head.target.query["includeObject"].flatMap(TableText.RowObject.init) ?? .metadata
        return TableText(entry: entry, object: object, now: services.now)
    }

    private struct Page {
        var version: ResourceVersion
        var resources: [Shown]
        var continuing: String?
    }

    private func page(_ entry: KindEntry, _ query: ListQuery) throws(KubeStatus) -> Page {
        var snapshot = store.snapshot()
        var after: String?
        if let token = query.continuation {
            guard let resumed = continuations.resume(token) else {
                throw KubeStatus(
                    .expired, "the provided continue parameter is too old to go on with; list again without it")
            }
            (snapshot, after) = resumed
        } else {
            try check(query, current: snapshot.version)
        }
        var found = resources(entry, query, in: snapshot)
        if let after { found.removeAll { $0.name <= after } }
        guard let limit = query.limit, found.count > limit, let last = found.prefix(limit).last else {
            return Page(version: snapshot.version, resources: found)
        }
        let token = continuations.token(after: last.name, in: snapshot)
        return Page(version: snapshot.version, resources: Array(found.prefix(limit)), continuing: token)
    }

    private func resources(_ entry: KindEntry, _ query: ListQuery, in snapshot: Snapshot) -> [Shown] {
        if let name = query.name {
            return find(entry, name, in: snapshot).map { query.matches($0) ? [$0] : [] } ?? []
        }
        let all = snapshot.all(of: entry.source).map { entry.show($0, in: snapshot, services.hardware) }
        let found = query.hasSelector ? all.filter(query.matches) : all
        return found.sorted { $0.name < $1.name }
    }

    /// Only the present can be listed: a version of the future is not waited for, one of the past not kept.
    private func check(_ query: ListQuery, current: ResourceVersion) throws(KubeStatus) {
        guard let version = query.version, version != .none else { return }
        if version > current {
            throw KubeStatus(.timeout, "Too large resource version: \(version), current: \(current)")
        }
        if query.isExact, version < current { throw .expired(version, current: current) }
    }

    private func write(_ entry: KindEntry, _ page: Page, into text: inout JSONText) {
        text.raw("{\"kind\":")
        text.string("\(entry.descriptor.name)List")
        text.raw(",\"apiVersion\":")
        text.string(entry.descriptor.apiVersion)
        text.raw(",\"metadata\":{\"resourceVersion\":\"")
        text.integer(page.version.number)
        text.raw("\"")
        if let continuing = page.continuing {
            text.raw(",\"continue\":")
            text.string(continuing)
        }
        text.raw("},\"items\":")
        text.array(page.resources) { text, shown in text.raw(shown.json()) }
        text.raw("}")
    }
}
