import JSON
import Model
import Store

/// `metrics.k8s.io`: what `kubectl top` shows.
extension KubeAPI {
    func metrics(_ plural: String, _ name: String?, _ head: Request.Head) throws(KubeStatus) -> Route {
        guard head.method == "GET" else { throw .methodNotAllowed("metrics are read with GET") }
        guard let kind = ["pods": "PodMetrics", "nodes": "NodeMetrics"][plural] else { throw .unknownPath }
        let query = try ListQuery(head.target.query)
        guard !query.isWatch else { throw .methodNotAllowed("metrics cannot be watched") }
        return .bodiless { _ in
            .later {
                let usage: Usage
                do {
                    usage = try await services.usage.usage()
                } catch {
                    return KubeStatus(.unavailable, "nothing could be measured: \(error)").response
                }
                var items = kind == "PodMetrics" ? pods(usage, query) : nodes(usage, query)
                if let name { items = items.filter { $0["metadata"]?["name"]?.string == name } }
                if name != nil {
                    guard let item = items.first else {
                        return KubeStatus(.notFound, "\(plural).metrics.k8s.io \"\(name ?? "")\" not found").response
                    }
                    return Response(body: item.compactBytes())
                }
                let list: JSONValue = [
                    "kind": .string("\(kind)List"), "apiVersion": .string(KubeAPI.metricsVersion), "metadata": [:],
                    "items": .array(items),
                ]
                return Response(body: list.compactBytes())
            }
        }
    }

    private static let metricsVersion = "metrics.k8s.io/v1beta1"

    private func pods(_ usage: Usage, _ query: ListQuery) -> [JSONValue] {
        let snapshot = store.snapshot()
        return usage.containers.sorted { $0.key < $1.key }.compactMap { name, share in
            guard let shown = find(Projection.pod, name, in: snapshot), query.matches(shown) else { return nil }
            let rest: JSONObject = ["containers": [["name": .string(name), "usage": KubeAPI.usage(share)]]]
            return item("PodMetrics", shown, usage, rest)
        }
    }

    private func nodes(_ usage: Usage, _ query: ListQuery) -> [JSONValue] {
        guard let shown = find(Projection.node, Projection.nodeName, in: store.snapshot()), query.matches(shown) else {
            return []
        }
        return [item("NodeMetrics", shown, usage, ["usage": KubeAPI.usage(usage.device)])]
    }

    private func item(_ kind: String, _ shown: Shown, _ usage: Usage, _ rest: JSONObject) -> JSONValue {
        var item: JSONObject = [
            "kind": .string(kind), "apiVersion": .string(KubeAPI.metricsVersion),
            "metadata": shown.document?["metadata"] ?? [:], "timestamp": .string(services.now().description),
            "window": .string("\(usage.window.inMilliseconds)ms"),
        ]
        for (key, value) in rest { item[key] = value }
        return .object(item)
    }

    private static func usage(_ share: Usage.Share) -> JSONValue {
        ["cpu": .string("\(share.processor)m"), "memory": .string("\(share.memory / 1024)Ki")]
    }
}
