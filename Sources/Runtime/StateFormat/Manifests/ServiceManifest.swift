import JSON

/// How two containers talk over a link.
package enum ServiceType: String, Sendable, CaseIterable { case rest, dbus, unix, drm, wayland, input }

/// A service that a container offers (`<container>/services.json`).
package enum ServiceExport: Sendable, Equatable {
    /// `endpoint` is a socket in the container, or a device node for `drm`.
    case endpoint(name: String, type: ServiceType, endpoint: String)
    /// A name on a bus that the runtime hosts; `allow` lists the roles that may talk to it.
    case busName(owned: String, bus: String, role: String, allow: [String])

    static let fileName = "services.json"
    private static let systemBus = "system-bus"

    /// Reads the document: `{"services": […]}` or the list alone.
    static func list(_ field: Field, _ options: StateOptions) -> [ServiceExport] {
        guard field.value.array == nil else { return entries(field, options) }
        guard let members = field.members() else { return [] }
        members.expectFormat("service-manifest-xconnect@1")
        defer { members.warnOfUnknown() }
        return members["services"].map { entries($0, options) } ?? []
    }

    private static func entries(_ field: Field, _ options: StateOptions) -> [ServiceExport] {
        field.elements().compactMap { element in
            guard let members = element.members() else { return nil }
            defer { members.warnOfUnknown() }
            return members["owns"] == nil ? endpoint(members, options) : busName(members)
        }
    }

    private static func endpoint(_ members: Members, _ options: StateOptions) -> ServiceExport? {
        let nameField = members.required("name", "name the service")
        let name = nameField?.nonEmptyText()
        let type = members.required("type", "say one of \(ServiceType.allCases.map(\.rawValue).listed)")?
            .choice(ServiceType.self)
        let socket = members.required("socket", "give the path of its socket in the container")?.absolutePath()
        if options.hostsSystemBus, name == systemBus {
            nameField?.problem("\"system-bus\" is hosted by the runtime; own a name on it with \"owns\" instead")
        }
        guard let name, let type, let socket else { return nil }
        return .endpoint(name: name, type: type, endpoint: socket)
    }

    private static func busName(_ members: Members) -> ServiceExport? {
        _ = members["type"]?.choice(ServiceType.self)
        _ = members["name"]
        _ = members["socket"]
        let bus = members["bus"]?.nonEmptyText() ?? systemBus
        let allow = members["allow"]?.elements().compactMap { $0.nonEmptyText() } ?? []
        guard let owned = members["owns"]?.nonEmptyText() else { return nil }
        let role = members["role"]?.nonEmptyText() ?? owned
        return .busName(owned: owned, bus: bus, role: role, allow: allow)
    }
}

/// A service that a container uses.
package struct ServiceRequirement: Sendable, Equatable {
    package var name: String
    package var isRequired: Bool
    package var type: ServiceType?
    package var role: String?
    package var interface: String?
    /// Where the socket appears in the container.
    package var target: String?

    /// Reads `{"required": […], "optional": […]}`.
    static func list(_ field: Field) -> [ServiceRequirement] {
        guard let members = field.members() else { return [] }
        defer { members.warnOfUnknown() }
        return ["required", "optional"].flatMap { key in
            members[key]?.elements().compactMap { ServiceRequirement($0, isRequired: key == "required") } ?? []
        }
    }

    private init?(_ field: Field, isRequired: Bool) {
        self.isRequired = isRequired
        if field.value.string != nil {
            guard let name = field.nonEmptyText() else { return nil }
            self.name = name
            return
        }
        guard let members = field.members() else { return nil }
        defer { members.warnOfUnknown() }
        let name = members.required("name", "name the service")?.nonEmptyText()
        type = members["type"]?.choice(ServiceType.self)
        role = members["role"]?.nonEmptyText()
        interface = members["interface"]?.text()
        target = members["target"]?.absolutePath()
        guard let name else { return nil }
        self.name = name
    }
}
