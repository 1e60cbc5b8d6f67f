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
            + "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml")

    static func methodNotAllowed(_ message: String) -> KubeStatus { KubeStatus(.methodNotAllowed, message) }

    static func forbidden(_ kind: KindDescriptor, _ name: String, _ why: String) -> KubeStatus {
        KubeStatus(
            .forbidden, "\(kind.qualifiedPlural) \"\(name)\" is forbidden: \(why)", about: .resource(kind, name))
    }

    static func invalid(_ kind: KindDescriptor, _ name: String, field: String, _ why: String) -> KubeStatus {
        KubeStatus(
            .invalid, "\(kind.name).\(kind.group) \"\(name)\" is invalid: \(field): \(why)",
            about: Subject(name: name, group: kind.group, kind: kind.name.description),
            causes: [Cause(reason: "FieldValueInvalid", message: why, field: field)])
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

    /// A document that cannot be what it says; the pointer `/spec/run` becomes the field `spec.run`.
    static func invalid(_ kind: KindDescriptor, _ name: String, _ error: ManifestError) -> KubeStatus {
        let field = JSONPointer(escaped: error.path).tokens.joined(separator: ".")
        return .invalid(kind, name, field: field, error.reason)
    }

    /// What the store said, about a resource of this kind and name.
    init(_ error: StoreError, _ kind: KindDescriptor, _ name: String) {
        switch error {
        case .notFound(let key): self = .notFound(kind, key.name)
        case .alreadyExists:
            self = KubeStatus(
                .alreadyExists, "\(kind.qualifiedPlural) \"\(name)\" already exists", about: .resource(kind, name))
        case .conflict: self = .conflict(kind, name)
        case .invalid(let path, let reason):
            self = .invalid(kind, name, ManifestError(path: path, reason: reason))
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
