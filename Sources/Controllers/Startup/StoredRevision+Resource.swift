package import Drivers
import JSON
package import Model

extension StoredRevision {
    /// The resource of a revision that lies in the storage.
    package func resource() throws -> Resource<Revision> {
        if let failure { throw failure }
        let document = try JSONValue(parsing: state)
        let origin: Revision.Origin = revision.hasPrefix("locals/") ? .local : .hub
        var resource = Resource<Revision>(
            name: Revision.resourceName(of: revision),
            spec: Revision.Spec(
                revision: revision, state: document, origin: origin, commitMessage: commitMessage))
        resource.metadata.finalizers = [Revision.trailFinalizer]
        resource.status.isDone = isDone
        resource.status.phase = isDone ? .done : .new
        resource.status.take(progress)
        return resource
    }
}

extension Revision.Status {
    /// How far it came, from `.pv/progress`; a damaged file is told of, and is no reason to refuse the revision.
    fileprivate mutating func take(_ file: [UInt8]?) {
        guard let file else { return }
        do throws(ManifestError) {
            let record = try JSONValue(parsing: file)
            phase = record["status"]?.string.flatMap(Revision.Phase.init(rawValue:)) ?? phase
            message = record["status-msg"]?.string ?? ""
            progress = Int(record["progress"]?.integer ?? 0)
        } catch {
            message = "its progress file is damaged: \(error)"
        }
    }
}
