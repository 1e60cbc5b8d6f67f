import Model
import Store

/// `containers/<name>/log`.
extension KubeAPI {
    func log(_ head: Request.Head, _ name: String) throws(KubeStatus) -> Route {
        let query = head.target.query
        var stream = LogStream.console
        if let source = query["source"] {
            guard let known = LogStream(source) else {
                throw KubeStatus(
                    .badRequest, "source must be console, lxc, or a path below the container's logs, not \"\(source)\"")
            }
            stream = known
        }
        var lines: Int?
        if let text = query["tailLines"] {
            guard let number = Int(text), number >= 0 else {
                throw KubeStatus(.badRequest, "tailLines must be a number, not \"\(text)\"")
            }
            lines = number
        }
        let follow = query.flag("follow")
        guard let container = store.snapshot().get(Container.self, name) else {
            throw .notFound(Container.descriptor, name)
        }
        let logs = services.logs
        let revision = container.status.startedRevision ?? container.spec.revision
        let (chosen, tail) = (stream, lines)
        return .bodiless { _ in
            .stream(contentType: Response.plainText) {
                do {
                    return try await logs.open(
                        container: name, of: revision, stream: chosen, tailLines: tail, follow: follow)
                } catch {
                    let others = await logs.sources(of: name, in: revision).map { ", \($0)" }.joined()
                    throw KubeStatus(
                        .notFound,
                        "container \"\(name)\" has no \(chosen.name) log: \(error); sources are console, lxc\(others)")
                }
            }
        }
    }
}
