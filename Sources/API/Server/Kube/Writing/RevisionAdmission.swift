package import JSON
package import Model
package import StateFormat
package import Store

/// Revisions that users create: the state document must be one, its name must fit, and it must last.
package struct RevisionAdmission: ResourceAdmission {
    private let writer: any RevisionWriter
    private let options: StateOptions
    package let finalizers: [String]

    /// - Parameter finalizer: whoever removes the files of a deleted one; nil = this does, when it is deleted.
    package init(
        _ writer: any RevisionWriter, finalizer: String? = nil, options: StateOptions = StateOptions(bsp: .ignored)
    ) {
        self.writer = writer
        self.options = options
        finalizers = finalizer.map { [$0] } ?? []
    }

    /// `locals.x` is `locals/x`, and the other way round.
    package func complete(_ document: JSONValue) -> JSONValue {
        guard var members = document.object, var metadata = members["metadata"]?.object,
            var spec = members["spec"]?.object
        else { return document }
        if let name = metadata["name"]?.string, spec["revision"] == nil {
            let isLocal = name.hasPrefix("locals.") && name.utf8.count > 7
            spec["revision"] = .string(isLocal ? "locals/\(name.dropFirst(7))" : name)
        } else if metadata["name"] == nil, let revision = spec["revision"]?.string {
            metadata["name"] = .string(Revision.resourceName(of: revision))
        }
        members["metadata"] = .object(metadata)
        members["spec"] = .object(spec)
        return .object(members)
    }

    package func review(
        _ resource: AnyResource, replacing old: AnyResource?, in snapshot: Snapshot
    ) throws(AdmissionRefusal) -> [String] {
        guard old == nil, let revision = resource.as(Revision.self) else { return [] }
        var problems: [ManifestError] = []
        let name = revision.spec.revision
        if !Revision.isName(name) {
            problems.append(
                ManifestError(
                    path: "/spec/revision", reason: "must be a name like 3 or locals/x, not \(JSONValue.quoted(name))"))
        } else if Revision.resourceName(of: name) != revision.name {
            problems.append(
                ManifestError(
                    path: "/metadata/name",
                    reason: "must be \"\(Revision.resourceName(of: name))\", as spec.revision says"))
        }
        do throws(InvalidState) {
            let state = try StateDocument(revision.spec.state, options: options)
            if problems.isEmpty { return state.warnings.map { "spec.state\($0.path): \($0.reason)" } }
        } catch {
            problems += error.problems.map { ManifestError(path: "/spec/state\($0.path)", reason: $0.reason) }
        }
        throw .invalid(problems)
    }

    package func reviewDeletion(of resource: AnyResource, in snapshot: Snapshot) throws(AdmissionRefusal) {
        guard let name = resource.as(Revision.self)?.spec.revision,
            let device = snapshot.get(Device.self, Device.selfName)
        else { return }
        let uses: [(String?, String)] = [
            (device.status.currentRevision, "it runs"), (device.status.tryRevision, "it is being tried"),
            (device.status.rollbackRevision, "the device falls back to it"),
            (device.spec.desiredRevision, "the device is to move to it"),
        ]
        if let use = uses.first(where: { $0.0 == name }) {
            throw .forbidden("\(use.1); move the device to another revision first")
        }
    }

    package func persist(_ resource: AnyResource) async throws {
        guard let spec = resource.as(Revision.self)?.spec else { return }
        try await writer.write(
            RevisionDraft(
                revision: spec.revision, state: spec.state.compactBytes(), commitMessage: spec.commitMessage,
                progress: .notInstalled))
    }

    package func discard(_ resource: AnyResource) async throws {
        guard let spec = resource.as(Revision.self)?.spec else { return }
        try await writer.remove(spec.revision)
    }
}
