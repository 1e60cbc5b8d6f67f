/// What a path below `/api` or `/apis` asks for.
enum ResourcePath: Equatable {
    /// `/api`, `/apis`, `/apis/<group>`, `/version` …: a document that never changes.
    case document(String)
    case collection(group: String, plural: String)
    case resource(group: String, plural: String, name: String, subresource: String?)
    case unknown

    static let namespace = "default"

    /// Whether a path belongs to the Kubernetes part at all.
    static func isKube(_ path: [String]) -> Bool {
        switch path.first {
        case "api", "apis", "version", "openapi", "healthz", "livez", "readyz": true
        default: false
        }
    }

    init(_ path: [String]) {
        switch path.first {
        case "api":
            guard path.count > 2 else {
                self = .document("/" + path.joined(separator: "/"))
                return
            }
            self = path[1] == "v1" ? ResourcePath.core(Array(path.dropFirst(2))) : .unknown
        case "apis":
            guard path.count > 3 else {
                self = .document("/" + path.joined(separator: "/"))
                return
            }
            self = path[2] == "v1" ? ResourcePath.named(group: path[1], Array(path.dropFirst(3))) : .unknown
        default:
            self = .document("/" + path.joined(separator: "/"))
        }
    }

    /// The core group: events and namespaces, and events inside a namespace.
    private static func core(_ path: [String]) -> ResourcePath {
        guard path.first == "namespaces", path.count > 2 else { return named(group: "", path) }
        guard path[1] == namespace else { return .unknown }
        return named(group: "", Array(path.dropFirst(2)))
    }

    private static func named(group: String, _ path: [String]) -> ResourcePath {
        guard path.allSatisfy({ !$0.contains("/") }) else { return .unknown }
        return switch path.count {
        case 1: .collection(group: group, plural: path[0])
        case 2: .resource(group: group, plural: path[0], name: path[1], subresource: nil)
        case 3: .resource(group: group, plural: path[0], name: path[1], subresource: path[2])
        default: .unknown
        }
    }
}
