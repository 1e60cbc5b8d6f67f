import Logging
import Model
import StateFormat
import Store

/// `/xconnect-graph` (`spec/xconnect-behaviour.md` §2): which container uses which service of which other one.
extension UpstreamAPI {
    func graph() -> Response {
        let snapshot = store.snapshot()
        if let bytes = graphList.bytes(at: snapshot.version) { return Response(body: bytes) }
        guard let current = snapshot.get(Device.self, Device.selfName)?.status.currentRevision,
            let revision = snapshot.get(Revision.self, Revision.resourceName(of: current))
        else { return UpstreamText.notLoaded }
        do throws(InvalidState) {
            let document = try StateDocument(revision.spec.state, options: StateOptions(bsp: .ignored))
            var text = JSONText()
            text.array(Link.all(of: document)) { $1.write(into: &$0, snapshot) }
            graphList.keep(text.bytes, at: snapshot.version)
            return Response(body: text.bytes)
        } catch {
            log.warning("no graph of a revision", metadata: ["revision": "\(current)", "why": "\(error)"])
            return UpstreamText.error(.internalError, "Cannot get xconnect graph")
        }
    }
}

/// One consumer's use of one service.
private struct Link {
    private enum Provider {
        case container(String, type: ServiceType, socket: String)
        /// The bus that the runtime hosts.
        case bus
    }

    private let consumer: String
    private let requirement: ServiceRequirement
    private let provider: Provider

    /// Consumers in their order; for each what it asks for, with everybody who offers it.
    static func all(of document: StateDocument) -> [Link] {
        let containers = document.containers.sorted { $0.order < $1.order }
        return containers.flatMap { consumer in
            consumer.requirements.flatMap { requirement in
                containers.flatMap { provider in
                    provider.exportedServices.compactMap { export in
                        Link(consumer.name, requirement, provider.name, export)
                    }
                }
            }
        }
    }

    private init?(
        _ consumer: String, _ requirement: ServiceRequirement, _ provider: String, _ export: ServiceExport
    ) {
        switch export {
        case .endpoint(let name, let type, let endpoint):
            guard name == requirement.name else { return nil }
            self.provider = .container(provider, type: type, socket: endpoint)
        case .busName(let owned, _, _, _):
            guard owned == requirement.name else { return nil }
            self.provider = .bus
        }
        self.consumer = consumer
        self.requirement = requirement
    }

    private static let busSocket = "/run/pv/dbus/system_bus_socket"
    private static let nobody = 65_534

    func write(into text: inout JSONText, _ snapshot: Snapshot) {
        func pid(_ name: String) -> Int { snapshot.get(Container.self, name)?.status.pid ?? -1 }
        let (name, number, type, socket): (String, Int, ServiceType, String) =
            switch provider {
            case .container(let name, let type, let socket): (name, pid(name), type, socket)
            case .bus: ("_pv_", 0, .dbus, Self.busSocket)
            }
        text.raw("{\"consumer\":")
        text.string(consumer)
        text.raw(",\"consumer_pid\":")
        text.integer(pid(consumer))
        text.raw(",\"provider\":")
        text.string(name)
        text.raw(",\"provider_pid\":")
        text.integer(number)
        text.raw(",\"name\":")
        text.string(requirement.name)
        text.raw(",\"type\":")
        text.string(type.rawValue)
        text.raw(",\"role\":")
        text.string(requirement.role ?? "any")
        text.raw(",\"interface\":")
        text.string(requirement.interface ?? type.rawValue)
        text.raw(",\"target\":")
        text.string(requirement.target)
        text.raw(",\"socket\":")
        text.string(socket)
        if case .bus = provider {
            text.raw(",\"uid\":")
            text.integer(Self.nobody)
        }
        text.raw("}")
    }
}
