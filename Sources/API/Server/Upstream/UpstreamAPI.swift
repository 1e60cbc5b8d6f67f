import JSON
import Logging
import Model
import Store

/// Upstream's control socket as a view of the store.
struct UpstreamAPI: Sendable {
    let store: ResourceStore
    let services: Services
    let log: Logger
    let containerList = KeptList()
    let groupList = KeptList()
    let objectList = KeptList()
    let graphList = KeptList()
    let slot = CommandSlot()
    let keeper: RevisionKeeper

    init(store: ResourceStore, services: Services, pending: PendingCreations, log: Logger) {
        self.store = store
        self.services = services
        self.log = log
        keeper = RevisionKeeper(store: store, services: services, pending: pending)
    }

    /// One endpoint: what it takes, and what it answers.
    struct Endpoint {
        let method: String
        /// Whether its path has a variable part: upstream words some refusals differently then.
        let isPattern: Bool
        var isOpenToAll = false
        let body: Body

        enum Body {
            case none((Request) -> Reply)
            case upTo(Int, (Request) -> Reply)
            /// Taken while it comes.
            case incoming(@Sendable (IncomingBody) async -> Response)
        }

        static func fixed(_ method: String, _ handle: @escaping (Request) -> Reply) -> Endpoint {
            Endpoint(method: method, isPattern: false, body: .none(handle))
        }

        static func pattern(_ method: String, _ body: Body) -> Endpoint {
            Endpoint(method: method, isPattern: true, body: body)
        }
    }

    func route(_ head: Request.Head, _ access: Access) -> Route {
        let endpoints = endpoints(head)
        guard !endpoints.isEmpty else { return .refuse(UpstreamText.unknownEndpoint(head.target.raw)) }
        guard let endpoint = endpoints.first(where: { $0.method == head.method }) else {
            return .refuse(UpstreamText.wrongMethod)
        }
        if let refusal = refusal(endpoint, access) { return .refuse(refusal) }
        switch endpoint.body {
        case .none(let handle): return .bodiless(handle)
        case .upTo(let limit, let handle):
            return .accept(bodyLimit: limit, tooLarge: UpstreamText.noSpace, handle: handle)
        case .incoming(let handle): return .receive(handle: handle)
        }
    }

    private func refusal(_ endpoint: Endpoint, _ access: Access) -> Response? {
        switch access {
        case .full: nil
        case .signalOnly:
            if endpoint.isOpenToAll {
                nil
            } else {
                UpstreamText.error(
                    .forbidden, "Request not sent from \(endpoint.isPattern ? "" : "a ")mgmt platform")
            }
        case .none:
            UpstreamText.error(
                .internalError, endpoint.isPattern ? "Internal error, unknown caller" : "Internal Error")
        }
    }

    private func endpoints(_ head: Request.Head) -> [Endpoint] {
        let path = head.target.path
        guard let first = path.first else { return [] }
        switch (first, path.count) {
        case (_, 1): return fixed(first)
        case ("containers", 2): return [.pattern("PUT", .upTo(1024) { act(on: path[1], $0) })]
        case ("user-meta", 2): return meta(UserMeta.self, path[1])
        case ("device-meta", 2): return meta(DeviceMeta.self, path[1])
        case ("objects", 2): return object(path[1], head)
        case ("steps", _): return step(Array(path.dropFirst()), head)
        case ("drivers", 2): return drivers(path[1], of: nil, head)
        case ("drivers", 3): return drivers(path[2], of: path[1], head)
        case ("daemons", 2): return [.pattern("PUT", .upTo(1024) { act(onDaemon: path[1], $0) })]
        case ("storage", 2) where path[1] == "gc": return [.fixed("POST", collect)]
        default: return []
        }
    }

    private func fixed(_ name: String) -> [Endpoint] {
        switch name {
        case "drivers": [.fixed("GET") { .now(drivers(of: $0.head.caller)) }]
        case "daemons": [.fixed("GET") { _ in .now(daemons()) }]
        case "xconnect-graph": [.fixed("GET") { _ in .now(graph()) }]
        case "wakelocks": [.fixed("GET") { _ in .now(Self.wakeLocks) }]
        case "containers": [.fixed("GET") { _ in .now(containers()) }]
        case "groups": [.fixed("GET") { _ in .now(groups()) }]
        case "objects": [.fixed("GET") { _ in .now(objects()) }]
        case "user-meta": [.fixed("GET") { _ in .now(meta(UserMeta.self)) }]
        case "device-meta": [.fixed("GET") { _ in .now(meta(DeviceMeta.self)) }]
        case "config": [.fixed("GET") { _ in .now(config()) }]
        case "config2": [.fixed("GET") { _ in .now(configList()) }]
        case "steps": [.fixed("GET") { _ in .later { await steps() } }]
        case "commands": [Endpoint(method: "POST", isPattern: false, body: .upTo(4096, command))]
        case "buildinfo": [.fixed("GET") { _ in .now(buildInfo) }]
        case "signal":
            [Endpoint(method: "POST", isPattern: false, isOpenToAll: true, body: .upTo(4096, signal))]
        default: []
        }
    }

    private func object(_ name: String, _ head: Request.Head) -> [Endpoint] {
        guard name.isObjectName else {
            return ["GET", "PUT"].map { .pattern($0, .incoming { _ in Self.badObjectName }) }
        }
        return [
            .pattern("GET", .none { _ in object(name) }),
            .pattern("PUT", .incoming { await putObject(name, head, $0) }),
        ]
    }

    private func drivers(_ verb: String, of name: String?, _ head: Request.Head) -> [Endpoint] {
        guard verb == "load" || verb == "unload" else { return [] }
        let change: (Request) -> Reply = { load(name, verb == "load", for: $0.head.caller) }
        return [Endpoint(method: "PUT", isPattern: name != nil, body: .none(change))]
    }

    private func meta<K: MetaKind>(_ kind: K.Type, _ key: String) -> [Endpoint] {
        [
            .pattern("PUT", .upTo(MetaSpec.longestValue) { setMeta(kind, key, $0) }),
            .pattern("DELETE", .none { _ in deleteMeta(kind, key) }),
        ]
    }

    private func step(_ path: [String], _ head: Request.Head) -> [Endpoint] {
        let isLocal = path[0] == "locals" && path.count > 1
        let revision = isLocal ? "locals/\(path[1])" : path[0]
        let reading = Endpoint.pattern("GET", .none { _ in .later { await state(of: revision) } })
        switch Array(path.dropFirst(isLocal ? 2 : 1)) {
        case [] where isLocal: return [reading, .pattern("PUT", .incoming { await putStep(revision, head, $0) })]
        case [] where revision == "locals":
            let noName = UpstreamText.error(.badRequest, "Request has bad step name")
            return [reading, .pattern("PUT", .incoming { _ in noName })]
        case []: return [reading]
        case ["progress"]: return [.pattern("GET", .none { _ in .later { await progress(of: revision) } })]
        case ["commitmsg"]: return [.pattern("PUT", .upTo(256) { putCommitMessage(of: revision, $0) })]
        default: return []
        }
    }

    private var buildInfo: Response {
        guard let text = services.buildInfo else {
            return UpstreamText.error(.internalError, "Error quering build info")
        }
        return Response(contentType: Response.plainText, text: text)
    }
}

extension UpstreamAPI {
    /// The body as JSON; nil when it is none.
    ///
    /// Upstream's answers have no room for why, so the log says it.
    func document(of request: Request) -> JSONValue? {
        do throws(ManifestError) {
            return try JSONValue(parsing: request.body)
        } catch {
            log.notice(
                "a body is no JSON", metadata: ["target": "\(request.target.raw.prefix(100))", "why": "\(error)"])
            return nil
        }
    }
}
