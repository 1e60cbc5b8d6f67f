import JSON

/// How a container is connected.
package struct ContainerNetwork: Sendable, Equatable {
    package enum Mode: String, Sendable, CaseIterable { case pool, host, none }

    package struct Interface: Sendable, Equatable {
        /// nil = as the runtime numbers them.
        package var name: String?
        package var pool: String
        /// nil = the next free one of the pool.
        package var address: IPv4Address?
        package var hardwareAddress: String?
    }

    package var mode = Mode.host
    package var hostname: String?
    package var interfaces: [Interface] = []

    init() {}

    init(_ field: Field, _ pools: [PoolManifest]) {
        guard let members = field.members() else { return }
        let pool = members["pool"].flatMap { ContainerNetwork.pool($0, pools) }
        mode = members["mode"]?.choice(Mode.self) ?? (members["pool"] == nil ? .host : .pool)
        hostname = members["hostname"].flatMap { ContainerNetwork.hostname($0) }
        let flat = Interface(members, pool: pool, addressKey: "ip", hardwareAddressKey: "mac")
        let listed = members["interfaces"]?.elements(atMost: 64).compactMap { element -> Interface? in
            guard let members = element.members() else { return nil }
            defer { members.warnOfUnknown() }
            let own = members["pool"].flatMap { ContainerNetwork.pool($0, pools) }
            return Interface(
                members, pool: own ?? pool, addressKey: "ipv4_address", hardwareAddressKey: "mac_address")
        }
        interfaces = listed ?? (flat.map { [$0] } ?? [])
        if mode == .pool, interfaces.isEmpty, members["pool"] == nil, listed == nil {
            field.problem("has mode pool but no pool; name one of \(pools.map(\.name).listed)")
        }
        members.warnOfUnknown()
        checkAddresses(field, pools)
    }

    private static func pool(_ field: Field, _ pools: [PoolManifest]) -> String? {
        guard let name = field.text() else { return nil }
        guard pools.contains(where: { $0.name == name }) else {
            field.problem("\(name.quoted) is no pool of device.json (\(pools.map(\.name).listed))")
            return nil
        }
        return name
    }

    /// RFC 1123, as the kernel and resolvers expect it.
    private static func hostname(_ field: Field) -> String? {
        guard let text = field.text() else { return nil }
        let isAllowed = { (byte: UInt8) in
            (48...57).contains(byte) || (97...122).contains(byte | 32) || byte == 45 || byte == 46
        }
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(isAllowed), text.utf8.first != 45 else {
            field.problem("\(text.quoted) is not a host name; use up to 64 letters, digits, hyphens and dots")
            return nil
        }
        return text
    }

    private func checkAddresses(_ field: Field, _ pools: [PoolManifest]) {
        for interface in interfaces {
            guard let address = interface.address, let pool = pools.first(where: { $0.name == interface.pool }) else {
                continue
            }
            if !pool.subnet.hasRoom(for: address) || address == pool.gateway {
                let range = "\(pool.subnet), gateway \(pool.gateway)"
                field.problem("\(address) is not free for a container in pool \(pool.name.quoted) (\(range))")
            }
        }
    }
}

extension ContainerNetwork.Interface {
    /// Reads one interface; nil when there is no pool to connect it to.
    fileprivate init?(_ members: Members, pool: String?, addressKey: String, hardwareAddressKey: String) {
        address = members[addressKey]?.address()
        name = addressKey == "ip" ? nil : members["name"]?.name(maximumBytes: 15)
        if let field = members[hardwareAddressKey], let text = field.text() {
            self.hardwareAddress = StateFormat.hardwareAddress(text)
            if self.hardwareAddress == nil { field.problem("\(text.quoted) is not an address like 02:00:0a:00:03:07") }
        }
        guard let pool else { return nil }
        self.pool = pool
    }
}
