import Model
import Store

/// Upstream's control socket as a view of the store.
struct UpstreamAPI: Sendable {
    let store: ResourceStore
    let services: Services
    let containerList = KeptList()
    let groupList = KeptList()

    init(store: ResourceStore, services: Services) {
        self.store = store
        self.services = services
    }

    /// One endpoint: what it takes, and what it answers.
    struct Endpoint {
        let method: String
        /// Whether its path has a variable part: upstream words some refusals differently then.
        let isPattern: Bool
        var isOpenToAll = false
        var bodyLimit = 0
        let handle: (Request) -> Reply
    }

    func route(_ head: Request.Head, _ access: Access) -> Route {
        guard let endpoint = endpoint(head.target.path) else {
            return .refuse(UpstreamText.unknownEndpoint(head.target.raw))
        }
        guard endpoint.method == head.method else { return .refuse(UpstreamText.wrongMethod) }
        if let refusal = refusal(endpoint, access) { return .refuse(refusal) }
        guard endpoint.bodyLimit > 0 else { return .bodiless(endpoint.handle) }
        return .accept(bodyLimit: endpoint.bodyLimit, tooLarge: UpstreamText.noSpace, handle: endpoint.handle)
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

    private func endpoint(_ path: [String]) -> Endpoint? {
        switch path.count {
        case 1: fixed(path[0])
        case 2 where path[0] == "containers":
            Endpoint(method: "PUT", isPattern: true, bodyLimit: 1024) { act(on: path[1], $0) }
        case 2... where path[0] == "steps": step(Array(path.dropFirst()))
        default: nil
        }
    }

    private func fixed(_ name: String) -> Endpoint? {
        switch name {
        case "containers": Endpoint(method: "GET", isPattern: false) { _ in .now(containers()) }
        case "groups": Endpoint(method: "GET", isPattern: false) { _ in .now(groups()) }
        case "steps": Endpoint(method: "GET", isPattern: false) { _ in .later { await steps() } }
        case "buildinfo": Endpoint(method: "GET", isPattern: false) { _ in .now(buildInfo) }
        case "signal":
            Endpoint(method: "POST", isPattern: false, isOpenToAll: true, bodyLimit: 4096) { signal($0) }
        default: nil
        }
    }

    private func step(_ path: [String]) -> Endpoint? {
        let isLocal = path[0] == "locals" && path.count > 1
        let revision = isLocal ? "locals/\(path[1])" : path[0]
        switch Array(path.dropFirst(isLocal ? 2 : 1)) {
        case []: return Endpoint(method: "GET", isPattern: true) { _ in .later { await state(of: revision) } }
        case ["progress"]:
            return Endpoint(method: "GET", isPattern: true) { _ in .later { await progress(of: revision) } }
        default: return nil
        }
    }

    private var buildInfo: Response {
        guard let text = services.buildInfo else {
            return UpstreamText.error(.internalError, "Error quering build info")
        }
        return Response(contentType: Response.plainText, text: text)
    }
}
