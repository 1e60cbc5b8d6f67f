import Drivers
import JSON
import Model

extension StoredRevision {
    /// The resource of a revision that lies in the storage.
    func resource() throws(ManifestError) -> Resource<Revision> {
        let document = try JSONValue(parsing: state)
        let origin: Revision.Origin = revision.hasPrefix("locals/") ? .local : .hub
        var resource = Resource<Revision>(
            name: Revision.resourceName(of: revision),
            spec: Revision.Spec(
                revision: revision, state: document, origin: origin, commitMessage: commitMessage))
        resource.status.phase = isDone ? .done : .new
        guard let progress else { return resource }
        let record = try JSONValue(parsing: progress)
        if let phase = record["status"]?.string.flatMap(Revision.Phase.init(rawValue:)) {
            resource.status.phase = phase
        }
        resource.status.message = record["status-msg"]?.string ?? ""
        resource.status.progress = Int(record["progress"]?.integer ?? 0)
        return resource
    }
}
