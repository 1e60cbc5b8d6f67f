/// What a path below `/api` or `/apis` asks for.
enum ResourcePath: Equatable {
    /// `/api`, `/apis`, `/apis/<group>`, `/version` …: a document that never changes.
    case document(String)
    case collection(GroupVersion, plural: String)
    case resource(GroupVersion, plural: String, name: String, subresource: String?)
    case unknown

    struct GroupVersion: Equatable {
        let group: String
        let version: String
    }

    static let namespace = "default"

    /// Whether a path belongs to the Kubernetes part at all.
    static func isKube(_ path: [String]) -> Bool {
        switch path.first {
        case "api", "apis", "version", "openapi", "healthz", "livez", "readyz": true
        default: false
        }
    }

    init(_ path: [String]) {
        let prefix = path.first == "api" ? 2 : path.first == "apis" ? 3 : path.count
        guard path.count > prefix else {
            self = .document("/" + path.joined(separator: "/"))
            return
        }
        let group = prefix == 2 ? "" : path[1]
        let rest = Array(path.dropFirst(prefix))
        self = ResourcePath.named(GroupVersion(group: group, version: path[prefix - 1]), ResourcePath.unscoped(rest))
    }

    /// Without the namespace, of which there is one; the namespace itself is a resource.
    private static func unscoped(_ path: [String]) -> [String] {
        guard path.first == "namespaces", path.count > 2, path[1] == namespace else { return path }
        return Array(path.dropFirst(2))
    }

    private static func named(_ group: GroupVersion, _ path: [String]) -> ResourcePath {
        guard path.allSatisfy({ !$0.contains("/") }) else { return .unknown }
        return switch path.count {
        case 1: .collection(group, plural: path[0])
        case 2: .resource(group, plural: path[0], name: path[1], subresource: nil)
        case 3: .resource(group, plural: path[0], name: path[1], subresource: path[2])
        default: .unknown
        }
    }
}
