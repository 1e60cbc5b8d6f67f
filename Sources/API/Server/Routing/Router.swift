import Logging
import NIOHTTP1
import Store

/// Decides what becomes of a request from its head alone: who asks, for what.
struct Router: Sendable {
    let store: ResourceStore
    let kube: KubeAPI
    let upstream: UpstreamAPI

    /// Lengths of the header names that mean something here: most others are passed over by this alone.
    private static let known: Set<Int> = [4, 6, 7, 10, 12, 14, 17, 21, 22]

    init(store: ResourceStore, services: Services, limits: ServerLimits, log: Logger) {
        self.store = store
        kube = KubeAPI(store: store, services: services, limits: limits)
        upstream = UpstreamAPI(store: store, services: services, pending: kube.pending, log: log)
    }

    func route(_ http: HTTPRequestHead, from caller: Caller) -> (Request.Head, Route) {
        let target = Target(http.uri)
        var head = Request.Head(
            method: http.method.rawValue, target: target ?? Target.none, caller: caller)
        for header in http.headers where Router.known.contains(header.name.utf8.count) {
            switch header.name.lowercased() {
            case "host":
                guard caller.isRemote || HostRule.allows(header.value) else {
                    return (head, .refuse(UpstreamText.wrongHost))
                }
            case "accept": head.accept = head.accept.isEmpty ? header.value : "\(head.accept),\(header.value)"
            case "content-type": head.contentType = header.value
            case "user-agent": head.userAgent = header.value
            // Checked by `HeadFraming` before.
            case "content-length": head.contentLength = Int(header.value)
            case "transfer-encoding": head.isChunked = true
            case "upgrade": head.upgrade = header.value.lowercased()
            case "sec-websocket-key": head.webSocket = head.webSocket.with(\.key, header.value)
            case "sec-websocket-version": head.webSocket = head.webSocket.with(\.version, header.value)
            case "sec-websocket-protocol":
                let names = header.value.split { $0 == "," || $0 == " " }.map(String.init)
                head.webSocket = head.webSocket.with(\.subprotocols, (head.webSocket?.subprotocols ?? []) + names)
            default: continue
            }
        }
        guard target != nil else { return (head, .refuse(UpstreamText.badTarget)) }
        return (head, route(head))
    }

    private func route(_ head: Request.Head) -> Route {
        let access = Access(of: head.caller, in: store.snapshot())
        guard ResourcePath.isKube(head.target.path) else { return upstream.route(head, access) }
        switch access {
        case .full: return kube.route(head)
        case .signalOnly:
            return .refuse(
                KubeStatus(.forbidden, "forbidden: only containers with the mgmt role may use this").response)
        case .none:
            if case .remote(let name, _) = head.caller {
                return .refuse(KubeStatus(.forbidden, "forbidden: \(name) may not manage this device").response)
            }
            return .refuse(KubeStatus(.forbidden, "forbidden: the caller is no container of this device").response)
        }
    }
}

extension Caller {
    /// Its certificate says that it means us, whatever name it has for us.
    fileprivate var isRemote: Bool {
        if case .remote = self { true } else { false }
    }
}

extension WebSocketOffer? {
    fileprivate func with<Value>(_ member: WritableKeyPath<WebSocketOffer, Value>, _ value: Value) -> WebSocketOffer {
        var offer = self ?? WebSocketOffer()
        offer[keyPath: member] = value
        return offer
    }
}
