import JSON
import Model

/// Answers that depend on nothing but the kinds there are, made once.
struct StaticDocuments: Sendable {
    let namespace: [UInt8]
    let namespaces: [UInt8]
    private let responses: [String: Response]
    private let aggregated: [String: Response]

    private static let aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    /// Clients only ask for this to know that it is there: an empty document satisfies them (`spec/kube-api.md` §3.4).
    ///
    /// The `@` of their Accept header must not come back.
    private static let openAPIv2Type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

    init(_ catalogue: KindCatalogue, version: String) {
        let discovery = Discovery(catalogue)
        let openAPI = OpenAPI(catalogue)
        var documents: [String: JSONValue] = [
            "/version": Discovery.version(version), "/api": Discovery.coreVersions,
            "/api/v1": discovery.resources(of: ""),
            "/apis": discovery.groups, "/openapi/v3": openAPI.root,
            "/openapi/v3/api/v1": openAPI.document(of: ""),
        ]
        for group in catalogue.groups {
            documents["/apis/\(group)"] = Discovery.group(group, isDocument: true)
            documents["/apis/\(group)/v1"] = discovery.resources(of: group)
            documents["/openapi/v3/apis/\(group)/v1"] = openAPI.document(of: group)
        }
        var responses = documents.mapValues { Response(body: $0.compactBytes()) }
        responses["/openapi/v2"] = Response(contentType: StaticDocuments.openAPIv2Type)
        for path in ["/healthz", "/livez", "/readyz"] {
            responses[path] = Response(contentType: Response.plainText, text: "ok")
        }
        self.responses = responses
        aggregated = [
            "/api": discovery.aggregated([""]), "/apis": discovery.aggregated(catalogue.groups),
        ].mapValues { Response(contentType: StaticDocuments.aggregatedType, body: $0.compactBytes()) }
        namespace = Discovery.namespace.compactBytes()
        let list: JSONValue = [
            "kind": "NamespaceList", "apiVersion": "v1", "metadata": [:], "items": [Discovery.namespace],
        ]
        namespaces = list.compactBytes()
    }

    func response(_ path: String, accept: String) -> Response? {
        if accept.holds("v=v2;as=APIGroupDiscoveryList"), let response = aggregated[path] { return response }
        return responses[path]
    }
}
