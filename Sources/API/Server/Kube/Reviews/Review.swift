import JSON
import Model

/// Questions a caller asks about itself (`kubectl auth can-i`, `kubectl auth whoami`).
enum Review: String, CaseIterable {
    case access = "SelfSubjectAccessReview"
    case rules = "SelfSubjectRulesReview"
    case subject = "SelfSubjectReview"

    var plural: String { rawValue.lowercased() + "s" }
    var group: String { self == .subject ? "authentication.k8s.io" : "authorization.k8s.io" }

    init?(_ group: ResourcePath.GroupVersion, _ plural: String) {
        let found = Review.allCases.first { $0.plural == plural && $0.group == group.group }
        guard let found, group.version == "v1" else { return nil }
        self = found
    }

    /// The answer; whoever gets to ask may do everything that discovery shows.
    func answer(_ request: Request, _ catalogue: KindCatalogue) throws(KubeStatus) -> Response {
        let spec = try spec(request)
        var document: JSONObject = [
            "kind": .string(rawValue), "apiVersion": .string("\(group)/v1"), "metadata": ["creationTimestamp": nil],
            "spec": spec,
        ]
        switch self {
        case .access: document["status"] = access(spec, Discovery(catalogue))
        case .rules:
            document["status"] = [
                "resourceRules": .array(Discovery(catalogue).rules), "incomplete": false,
                "nonResourceRules": [["verbs": ["get"], "nonResourceURLs": ["*"]]],
            ]
        case .subject:
            document["spec"] = nil
            let caller = request.head.caller
            document["status"] = [
                "userInfo": ["username": .string(caller.userName), "groups": .array(caller.groups.map { .string($0) })]
            ]
        }
        return Response(.created, body: JSONValue.object(document).compactBytes())
    }

    /// kubectl from 1.32 on asks in protobuf, earlier ones and other clients in JSON.
    private func spec(_ request: Request) throws(KubeStatus) -> JSONValue {
        guard request.head.mediaType == "application/vnd.kubernetes.protobuf" else {
            do throws(ManifestError) {
                let document = request.body.isEmpty ? [:] : try JSONValue(parsing: request.body)
                return document["spec"] ?? [:]
            } catch {
                throw KubeStatus(.badRequest, "the body is not a JSON document: \(error)")
            }
        }
        guard let message = ProtobufMessage(envelope: request.body) else {
            throw KubeStatus(.badRequest, "the body is no protobuf message of Kubernetes")
        }
        return switch self {
        case .access: message[2].flatMap(Review.accessSpec) ?? [:]
        case .rules: ["namespace": .string(message[2]?.text(1) ?? "")]
        case .subject: [:]
        }
    }

    private static func accessSpec(_ spec: ProtobufMessage) -> JSONValue {
        func members(_ message: ProtobufMessage, _ names: [String]) -> JSONValue {
            .object(
                names.enumerated().reduce(into: [:]) { object, name in
                    if let text = message.text(name.offset + 1), !text.isEmpty { object[name.element] = .string(text) }
                })
        }
        if let attributes = spec[1] {
            let names = ["namespace", "verb", "group", "version", "resource", "subresource", "name"]
            return ["resourceAttributes": members(attributes, names)]
        }
        return spec[2].map { ["nonResourceAttributes": members($0, ["path", "verb"])] } ?? [:]
    }

    private func access(_ spec: JSONValue, _ discovery: Discovery) -> JSONValue {
        if let attributes = spec["nonResourceAttributes"] {
            return ["allowed": .bool(attributes["verb"]?.string == "get")]
        }
        let attributes = spec["resourceAttributes"]
        let isAllowed = discovery.allows(
            attributes?["verb"]?.string ?? "", group: attributes?["group"]?.string ?? "",
            plural: attributes?["resource"]?.string ?? "", subresource: attributes?["subresource"]?.string ?? "")
        guard !isAllowed else { return ["allowed": true] }
        return ["allowed": false, "reason": "only controllers do this, or there is no such resource"]
    }
}

extension Caller {
    fileprivate var userName: String {
        switch self {
        case .host: "host"
        case .container(let name): "container:\(name)"
        case .remote(let name, _): name
        case .unknown: "unknown"
        }
    }

    fileprivate var groups: [String] { ["pantavisor:mgmt"] }
}
