import JSON
import Model
import Store

/// A resource that may be stored, and what its author should know.
struct Draft {
    var resource: AnyResource
    /// Its document, without the status.
    let document: JSONValue
    var warnings: [String]
}

/// From a document to a resource that may be stored.
extension KubeAPI {
    /// The document of a request; members that come twice are refused, told of, or let pass.
    static func document(_ request: Request, _ options: WriteOptions) throws(KubeStatus) -> (JSONValue, [String]) {
        do throws(ManifestError) {
            let (document, duplicates) = try JSONValue.tolerant(of: request.body)
            let warnings = duplicates.map { "duplicate field \"\($0)\"" }
            guard options.validation == .strict, !duplicates.isEmpty else {
                return (document, options.validation == .ignore ? [] : warnings)
            }
            throw ManifestError(path: "", reason: "strict decoding error: " + warnings.joined(separator: ", "))
        } catch {
            throw KubeStatus(.badRequest, "the body is not a JSON document: \(error)")
        }
    }

    static func object(_ request: Request, _ options: WriteOptions) throws(KubeStatus) -> (JSONValue, [String]) {
        let (document, warnings) = try document(request, options)
        guard document.object != nil else {
            throw KubeStatus(.badRequest, "the body must be a JSON object, not \(document.summary)")
        }
        return (document, warnings)
    }

    /// Checks a document in every way, and tells everything that is wrong with it.
    ///
    /// - Parameter old: the resource it replaces, and its document.
    func draft(
        _ entry: KindEntry, _ document: JSONValue, replacing old: (resource: AnyResource, document: JSONValue)?,
        _ options: WriteOptions, warnings: [String]
    ) throws(KubeStatus) -> Draft {
        let kind = entry.descriptor
        let name = document["metadata"]?["name"]?.string ?? ""
        var review = DocumentReview()
        var members = document.object ?? [:]
        // What is observed is not a user's to say; what a client sends back of it is let pass.
        if !kind.isFlat { members["status"] = nil }
        let clean = JSONValue.object(
            review.members(members, entry.fields().filter { $0.name != "status" || kind.isFlat }))
        var problems = identityProblems(clean, kind, old?.resource.name) + review.problems
        problems += MetadataRules.problems(of: clean["metadata"] ?? [:])
        let unknown = review.unknown.map { "unknown field \"\($0)\"" }
        if options.validation == .strict {
            problems += review.unknown.map {
                KubeStatus.Cause(.forbidden, "strict decoding error: unknown field \"\($0)\"", at: $0)
            }
        }
        let isUnreadable = problems.count > (options.validation == .strict ? unknown.count : 0)
        // What is created is looked at further, so that all is told at once; a change is only compared with what is there.
        if isUnreadable || (old != nil && !problems.isEmpty) { throw .invalid(kind, name, problems) }
        let offences =
            old.map { WritePolicy.offences(from: $0.document, to: clean, of: kind) }
            ?? WritePolicy.reservedMembers(of: clean)
        try refuse(offences, kind, name)
        let resource: AnyResource
        do throws(ManifestError) {
            resource = try entry.read(clean)
        } catch {
            throw .invalid(kind, name, problems + [KubeStatus.Cause(error)])
        }
        // What the comparison takes for equal, like no list and an empty one, may differ inside of any JSON.
        if let old, kind.writablePaths.isEmpty, !resource.hasSameSpec(as: old.resource) {
            try refuse([["spec"]], kind, name)
        }
        let admitted = try admit(resource, replacing: old?.resource)
        problems += admitted.problems
        guard problems.isEmpty else { throw .invalid(kind, name, problems) }
        let told = options.validation == .warn ? unknown : []
        return Draft(resource: resource, document: clean, warnings: warnings + told + admitted.warnings)
    }

    private func identityProblems(_ document: JSONValue, _ kind: KindDescriptor, _ expected: String?) -> [KubeStatus
        .Cause]
    {
        var problems: [KubeStatus.Cause] = []
        func check(_ value: JSONValue?, _ wanted: String, _ place: String) {
            guard let value, value.string != wanted else { return }
            problems.append(KubeStatus.Cause(.invalid, "must be \"\(wanted)\", not \(value.summary)", at: place))
        }
        check(document["kind"], kind.name.description, "kind")
        check(document["apiVersion"], kind.apiVersion, "apiVersion")
        if let expected {
            check(document["metadata"]?["name"] ?? "", expected, "metadata.name")
        } else if !MetadataRules.isName(document["metadata"]?["name"]?.string ?? "") {
            problems.append(KubeStatus.Cause(.invalid, MetadataRules.nameRule, at: "metadata.name"))
        }
        return problems
    }

    private func refuse(_ offences: [[String]], _ kind: KindDescriptor, _ name: String) throws(KubeStatus) {
        guard !offences.isEmpty else { return }
        let writable = kind.userPaths.map { $0.joined(separator: ".") }.joined(separator: ", ")
        let rule = writable.isEmpty ? "only controllers write this kind" : "a user may only change \(writable)"
        let fields = offences.prefix(KubeStatus.causeLimit).map { $0.joined(separator: ".") }
        throw .forbidden(
            kind, name, "\(fields.joined(separator: ", ")) cannot be changed: \(rule)",
            fields.map { KubeStatus.Cause(.forbidden, "cannot be changed", at: $0) })
    }

    private func admit(
        _ resource: AnyResource, replacing old: AnyResource?
    ) throws(KubeStatus) -> (problems: [KubeStatus.Cause], warnings: [String]) {
        guard let admission = services.admissions[resource.kind] else { return ([], []) }
        do throws(AdmissionRefusal) {
            return ([], try admission.review(resource, replacing: old, in: store.snapshot()))
        } catch {
            if case .invalid(let problems) = error { return (problems.map { KubeStatus.Cause($0) }, []) }
            throw KubeStatus(error, resource.descriptor, resource.name)
        }
    }
}

extension KubeStatus.Cause {
    /// The pointer `/spec/run` becomes the field `spec.run`.
    init(_ error: ManifestError) {
        self.init(.invalid, error.reason, at: JSONPointer(escaped: error.path).tokens.joined(separator: "."))
    }
}
