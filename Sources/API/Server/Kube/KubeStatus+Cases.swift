import JSON
import Model
import Store

/// The refusals there are, with the words Kubernetes uses for them.
extension KubeStatus {
    static func notFound(_ kind: KindDescriptor, _ name: String) -> KubeStatus {
        KubeStatus(.notFound, "\(kind.qualifiedPlural) \"\(name)\" not found", about: .resource(kind, name))
    }

    static let unknownPath = KubeStatus(.notFound, "the server could not find the requested resource", about: Subject())

    static let unsupportedPatch = KubeStatus(
        .unsupportedMediaType,
        "the body of the request was in an unknown format - accepted media types include: "
            + PatchType.allCases.map(\.rawValue).joined(separator: ", "))

    static func notCreatable(_ kind: KindDescriptor) -> KubeStatus {
        .methodNotAllowed("\(kind.qualifiedPlural) come from the revision; install a revision that has what you want")
    }

    static func notDeletable(_ kind: KindDescriptor, _ name: String) -> KubeStatus {
        .methodNotAllowed(
            "\(kind.qualifiedPlural) \"\(name)\" comes from the revision and goes with it; "
                + "to stop a container set its spec.run to Stopped")
    }

    static func onlyAView(_ entry: KindEntry) -> KubeStatus {
        let source = "\(entry.source)".lowercased()
        return .methodNotAllowed(
            "\(entry.descriptor.qualifiedPlural) are a view of \(source)s, to be read only; change the \(source) instead"
        )
    }

    static func methodNotAllowed(_ message: String) -> KubeStatus { KubeStatus(.methodNotAllowed, message) }

    static func forbidden(
        _ kind: KindDescriptor, _ name: String, _ why: String, _ causes: [Cause] = []
    ) -> KubeStatus {
        KubeStatus(
            .forbidden, "\(kind.qualifiedPlural) \"\(name)\" is forbidden: \(why)", about: .resource(kind, name),
            causes: causes)
    }

    /// How many problems of one document are told.
    static let causeLimit = 100

    static func invalid(_ kind: KindDescriptor, _ name: String, _ causes: [Cause]) -> KubeStatus {
        let causes = Array(causes.prefix(causeLimit))
        let list = causes.map { "\($0.field): \($0.message)" }.joined(separator: ", ")
        let kindName = kind.group.isEmpty ? "\(kind.name)" : "\(kind.name).\(kind.group)"
        return KubeStatus(
            .invalid, "\(kindName) \"\(name)\" is invalid: \(causes.count > 1 ? "[\(list)]" : list)",
            about: Subject(name: name, group: kind.group, kind: kind.name.description), causes: causes)
    }

    static func alreadyExists(_ kind: KindDescriptor, _ name: String) -> KubeStatus {
        KubeStatus(
            .alreadyExists, "\(kind.qualifiedPlural) \"\(name)\" already exists", about: .resource(kind, name))
    }

    static func conflict(_ kind: KindDescriptor, _ name: String) -> KubeStatus {
        KubeStatus(
            .conflict,
            "Operation cannot be fulfilled on \(kind.qualifiedPlural) \"\(name)\": the object has been modified; "
                + "please apply your changes to the latest version and try again", about: .resource(kind, name))
    }

    static func expired(_ version: ResourceVersion, current: ResourceVersion) -> KubeStatus {
        KubeStatus(.expired, "too old resource version: \(version) (\(current))")
    }

    init(_ refusal: AdmissionRefusal, _ kind: KindDescriptor, _ name: String) {
        switch refusal {
        case .invalid(let problems): self = .invalid(kind, name, problems.map { Cause($0) })
        case .forbidden(let why): self = .forbidden(kind, name, why)
        }
    }

    /// What the store said, about a resource of this kind and name.
    init(_ error: StoreError, _ kind: KindDescriptor, _ name: String) {
        switch error {
        case .notFound(let key): self = .notFound(kind, key.name)
        case .alreadyExists: self = .alreadyExists(kind, name)
        case .conflict: self = .conflict(kind, name)
        case .invalid(let path, let reason):
            self = .invalid(kind, name, [Cause(ManifestError(path: path, reason: reason))])
        case .expired(let version):
            self = KubeStatus(.expired, "too old resource version: \(version)")
        case .tooMany: self = KubeStatus(.forbidden, "\(error)", about: .resource(kind, name))
        }
    }
}

extension KubeStatus.Subject {
    static func resource(_ kind: KindDescriptor, _ name: String) -> KubeStatus.Subject {
        KubeStatus.Subject(name: name, group: kind.group, kind: kind.plural)
    }
}
