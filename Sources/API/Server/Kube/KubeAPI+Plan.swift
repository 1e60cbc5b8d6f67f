import JSON
import Model
import Store

/// `revisions/<name>/plan`, and the plan of a revision that is only tried out.
extension KubeAPI {
    func plan(of name: String) -> Response {
        let snapshot = store.snapshot()
        guard let revision = snapshot.get(Revision.self, name) else {
            return KubeStatus.notFound(Revision.descriptor, name).response
        }
        guard let planner = services.planner else { return KubeStatus.unknownPath.response }
        return Response(body: planner.plan(revision.spec.state, in: snapshot).compactBytes())
    }

    /// A resource as it would be made; of a revision also what moving to it would do.
    func rehearsal(of resource: AnyResource) -> [UInt8] {
        guard let planner = services.planner, let revision = resource.as(Revision.self) else { return resource.json() }
        do {
            let plan = planner.plan(revision.spec.state, in: store.snapshot())
            return MergePatch.apply(["status": ["plan": plan]], to: try resource.document()).compactBytes()
        } catch {
            return resource.json()
        }
    }
}
