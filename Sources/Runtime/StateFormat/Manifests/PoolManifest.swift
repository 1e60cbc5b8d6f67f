import JSON

/// Addresses that containers get theirs from, and the bridge they are connected by.
package struct PoolManifest: Sendable, Equatable {
    package enum PoolType: String, Sendable, CaseIterable { case bridge, macvlan }

    package var name: String
    package var type: PoolType
    /// Name of the bridge, or of the parent interface of a macvlan.
    package var device: String
    package var subnet: IPv4Network
    package var gateway: IPv4Address
    /// Whether addresses are translated towards the outside.
    package var nat: Bool

    /// Reads `{name: {…}, …}`, sorted by name.
    static func map(_ field: Field) -> [PoolManifest] {
        guard let members = field.members() else { return [] }
        let pools = members.all(atMost: StateLimits.pools).compactMap { PoolManifest(named: $0.key, $0.field) }
        for (index, pool) in pools.enumerated() where pool.type == .bridge {
            if let other = pools[..<index].first(where: { $0.type == .bridge && $0.device == pool.device }) {
                let place = field.place.appending(pool.name).appending("bridge")
                field.findings.problem(
                    place, "\(pool.device.quoted) is the bridge of pool \(other.name.quoted) too; use another")
            }
        }
        return pools
    }

    private init?(named name: String, _ field: Field) {
        if let reason = NameRules.objection(toName: name) { field.problem(reason) }
        guard let members = field.members() else { return nil }
        defer { members.warnOfUnknown() }
        let type = members.required("type", "say bridge or macvlan")?.choice(PoolType.self)
        let deviceKey = type == .macvlan ? "parent" : "bridge"
        let device = members.required(deviceKey, "name the interface").flatMap { PoolManifest.interface($0) }
        let subnet = members.required("subnet", "give it like 10.0.3.0/24").flatMap { PoolManifest.subnet($0) }
        let gateway = members.required("gateway", "give an address inside the subnet").flatMap { $0.address() }
        nat = members["nat"]?.flag() ?? false
        guard let type, let device, let subnet, let gateway else { return nil }
        if !subnet.hasRoom(for: gateway) {
            members["gateway"]?.problem("\(gateway) is not an address for a host in \(subnet)")
        }
        self.name = name
        self.type = type
        self.device = device
        self.subnet = subnet
        self.gateway = gateway
    }

    private static func subnet(_ field: Field) -> IPv4Network? {
        guard let text = field.text() else { return nil }
        guard let network = IPv4Network(text) else {
            field.problem("\(text.quoted) is not a network like 10.0.3.0/24 with 8 to 30 bits")
            return nil
        }
        return network
    }

    /// The kernel takes 15 bytes and no white space.
    private static func interface(_ field: Field) -> String? {
        guard let name = field.name(maximumBytes: 15) else { return nil }
        guard !name.utf8.contains(UInt8(ascii: " ")) else {
            field.problem("\(name.quoted) holds a space; no interface can be called so")
            return nil
        }
        return name
    }
}

extension Field {
    func address() -> IPv4Address? {
        guard let text = text() else { return nil }
        guard let address = IPv4Address(text) else {
            problem("\(text.quoted) is not an IPv4 address like 10.0.3.7")
            return nil
        }
        return address
    }
}
