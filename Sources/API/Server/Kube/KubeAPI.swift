import JSON
import Model
import Store

/// The Kubernetes-shaped part of the API: a view of the store.
struct KubeAPI: Sendable {
    let store: ResourceStore
    let services: Services
    let limits: ServerLimits
    let catalogue: KindCatalogue
    let documents: StaticDocuments
    let continuations = Continuations()
    let pending = PendingCreations()

    init(store: ResourceStore, services: Services, limits: ServerLimits, catalogue: KindCatalogue = KindCatalogue()) {
        self.store = store
        self.services = services
        self.limits = limits
        self.catalogue = catalogue
        documents = StaticDocuments(catalogue: catalogue, version: services.version)
    }

    func route(_ head: Request.Head) -> Route {
        do throws(KubeStatus) {
            return try routed(head)
        } catch {
            return .refuse(error.response)
        }
    }

    private func routed(_ head: Request.Head) throws(KubeStatus) -> Route {
        switch ResourcePath(head.target.path) {
        case .document(let path):
            guard let response = documents.response(path, accept: head.accept) else { throw .unknownPath }
            guard head.method == "GET" else { throw .methodNotAllowed("this is read with GET") }
            return .bodiless { _ in .now(response) }
        case .collection(let group, let plural):
            if group.group == "metrics.k8s.io" { return try metrics(plural, nil, head) }
            if let review = Review(group, plural) { return try self.review(review, head) }
            return try collection(head, try entry(group, plural))
        case .resource(let group, let plural, let name, let subresource):
            if group.group == "metrics.k8s.io", subresource == nil { return try metrics(plural, name, head) }
            let entry = try entry(group, plural)
            guard let subresource else { return try resource(head, entry, name) }
            return try self.subresource(head, entry, name, subresource)
        case .unknown:
            throw .unknownPath
        }
    }

    private func entry(_ group: ResourcePath.GroupVersion, _ plural: String) throws(KubeStatus) -> KindEntry {
        guard let entry = catalogue.entry(group: group.group, version: group.version, plural: plural) else {
            throw .unknownPath
        }
        return entry
    }

    private func review(_ review: Review, _ head: Request.Head) throws(KubeStatus) -> Route {
        guard head.method == "POST" else { throw .methodNotAllowed("a review is asked for with POST") }
        return writing { request throws(KubeStatus) in .now(try review.answer(request, self.catalogue)) }
    }

    private func collection(_ head: Request.Head, _ entry: KindEntry) throws(KubeStatus) -> Route {
        switch head.method {
        case "GET":
            let query = try ListQuery(head.target.query)
            try check(query, entry)
            return .bodiless { request in
                query.isWatch ? watch(entry, query, request.head) : list(entry, query, request.head)
            }
        case "POST" where entry.projection != nil: throw .onlyAView(entry)
        case "POST":
            guard entry.descriptor.isUserCreatable else { throw .notCreatable(entry.descriptor) }
            return writing { request throws(KubeStatus) in try self.create(entry, request) }
        default:
            throw .methodNotAllowed("a collection is read with GET; delete resources one by one")
        }
    }

    /// A misspelt field would silently select nothing.
    private func check(_ query: ListQuery, _ entry: KindEntry) throws(KubeStatus) {
        let names = (query.fields?.requirements ?? []).map(\.field).filter {
            $0.hasPrefix("spec.") || $0.hasPrefix("status.")
        }
        guard entry.projection == nil, !names.isEmpty else { return }
        let fields = entry.fields()
        for name in names {
            switch fields.field(at: name.split(separator: ".").map(String.init))?.type {
            case nil, .object, .map, .list:
                throw KubeStatus(
                    .badRequest, "fieldSelector: \(name) is no single value of \(entry.descriptor.qualifiedPlural)")
            case .string, .integer, .number, .boolean, .time, .any, .choice: continue
            }
        }
    }

    private func resource(_ head: Request.Head, _ entry: KindEntry, _ name: String) throws(KubeStatus) -> Route {
        guard entry.projection == nil || head.method == "GET" else { throw .onlyAView(entry) }
        switch head.method {
        case "GET": return .bodiless { request in .now(self.get(entry, name, request.head)) }
        case "PATCH": return writing { request throws(KubeStatus) in try self.patch(entry, name, request) }
        case "PUT": return writing { request throws(KubeStatus) in try self.replace(entry, name, request) }
        case "DELETE":
            guard entry.descriptor.isUserCreatable else { throw .notDeletable(entry.descriptor, name) }
            return writing { request throws(KubeStatus) in try self.delete(entry, name, request) }
        default: throw .methodNotAllowed("a resource takes GET, PUT, PATCH and DELETE, not \(head.method)")
        }
    }

    private func subresource(
        _ head: Request.Head, _ entry: KindEntry, _ name: String, _ subresource: String
    ) throws(KubeStatus) -> Route {
        switch subresource {
        case "status" where !entry.descriptor.isFlat || entry.projection != nil:
            guard entry.projection == nil || head.method == "GET" else { throw .onlyAView(entry) }
            switch head.method {
            case "GET": return .bodiless { request in .now(self.get(entry, name, request.head)) }
            case "PATCH", "PUT":
                return writing { request throws(KubeStatus) in try self.patchStatus(entry, name, request) }
            default: throw .methodNotAllowed("a status takes GET, PUT and PATCH, not \(head.method)")
            }
        case "log" where entry.source == Container.descriptor.name:
            guard head.method == "GET" else { throw .methodNotAllowed("a log is read with GET") }
            return try log(head, name)
        case "exec" where entry.source == Container.descriptor.name:
            return try exec(head, name)
        case "plan" where entry.source == Revision.descriptor.name:
            guard head.method == "GET" else { throw .methodNotAllowed("a plan is read with GET") }
            return .bodiless { _ in .now(self.plan(of: name)) }
        default: throw .unknownPath
        }
    }

    private func writing(_ handle: @escaping (Request) throws(KubeStatus) -> Reply) -> Route {
        let tooLarge = KubeStatus(.tooLarge, "the body is larger than \(limits.resource) bytes")
        return .accept(bodyLimit: limits.resource, tooLarge: tooLarge.response) { request in
            do throws(KubeStatus) {
                return try handle(request)
            } catch {
                return .now(error.response)
            }
        }
    }
}
