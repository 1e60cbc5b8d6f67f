import JSON
import Model

/// Answers that depend on nothing but the kinds there are.
///
/// They are made when they are asked for, which is seldom, and not kept, for they are large.
struct StaticDocuments: Sendable {
    let catalogue: KindCatalogue
    let version: String

    private static let aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    /// Clients only ask for this to know that it is there: an empty document satisfies them (`spec/kube-api.md` §3.4).
    ///
    /// The `@` of their Accept header must not come back.
    private static let openAPIv2Type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

    func response(_ path: String, accept: String) -> Response? {
        if accept.holds("v=v2;as=APIGroupDiscoveryList"), let document = aggregated(path) {
            return Response(contentType: StaticDocuments.aggregatedType, body: document.compactBytes())
        }
        switch path {
        case "/openapi/v2": return Response(contentType: StaticDocuments.openAPIv2Type)
        case "/healthz", "/livez", "/readyz": return Response(contentType: Response.plainText, text: "ok")
        default: return document(path).map { Response(body: $0.compactBytes()) }
        }
    }

    private func aggregated(_ path: String) -> JSONValue? {
        switch path {
        case "/api": Discovery(catalogue).aggregated(isCore: true)
        case "/apis": Discovery(catalogue).aggregated(isCore: false)
        default: nil
        }
    }

    private func document(_ path: String) -> JSONValue? {
        switch path {
        case "/version": return Discovery.version(version)
        case "/api": return Discovery.coreVersions
        case "/api/v1": return Discovery(catalogue).list(of: "", version: "v1")
        case "/apis": return Discovery(catalogue).groups
        case "/openapi/v3": return OpenAPI(catalogue).root
        case "/openapi/v3/api/v1": return OpenAPI(catalogue).document(of: "")
        default: break
        }
        let parts = path.split(separator: "/").map(String.init)
        switch (parts.first, parts.count) {
        case ("apis", 2): return Discovery(catalogue).group(parts[1])
        case ("apis", 3): return Discovery(catalogue).list(of: parts[1], version: parts[2])
        case ("openapi", 5) where catalogue.groups.contains(parts[3]) && parts[4] == "v1":
            return OpenAPI(catalogue).document(of: parts[3])
        default: return nil
        }
    }
}
