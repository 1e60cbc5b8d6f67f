import Model
import Store

/// A command to run, and how to speak with it.
struct ExecPlan: Sendable {
    let source: any ExecSource
    let container: String
    let command: [String]
    let terminal: Bool
    /// Whether the client will send input; otherwise the command's input is empty.
    let hasInput: Bool
    let webSocket: WebSocketOffer
    let subprotocol: String
}

/// What a client says that wants to speak WebSocket.
struct WebSocketOffer: Sendable, Equatable {
    var key = ""
    var version = ""
    var subprotocols: [String] = []
}

/// `containers/<name>/exec` (`spec/kube-api.md` §2, sample 39).
extension KubeAPI {
    /// The channel protocols spoken, best first.
    static let channelProtocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"]

    func exec(_ head: Request.Head, _ name: String) throws(KubeStatus) -> Route {
        guard head.method == "GET", head.upgrade == "websocket", let offer = head.webSocket else {
            throw KubeStatus(
                .badRequest,
                "exec needs a WebSocket (GET with Upgrade: websocket), as kubectl 1.30 or later asks for one")
        }
        guard let subprotocol = KubeAPI.channelProtocols.first(where: offer.subprotocols.contains) else {
            let known = KubeAPI.channelProtocols.joined(separator: " or ")
            throw KubeStatus(.badRequest, "exec speaks the WebSocket subprotocol \(known)")
        }
        let query = head.target.query
        let command = query.all("command").filter { !$0.isEmpty }
        guard !command.isEmpty else { throw KubeStatus(.badRequest, "exec needs at least one command parameter") }
        guard store.snapshot().get(Container.self, name) != nil else {
            throw .notFound(Container.descriptor, name)
        }
        let plan = ExecPlan(
            source: services.exec, container: name, command: command, terminal: query.flag("tty"),
            hasInput: query.flag("stdin"), webSocket: offer, subprotocol: subprotocol)
        return .bodiless { _ in .exec(plan) }
    }
}
