import APIServer
import JSON
import Model
import Testing

@Suite(.timeLimit(.minutes(1)))
struct KubeDiscoveryTests {
    @Test
    func `every kind is discovered, with the verbs a user has`() async throws {
        try await LiveServer.with { server async throws in
            let list = try JSONValue(parsing: try await server.get("/apis/pantavisor.io/v1").body)
            #expect(list["kind"] == "APIResourceList")
            #expect(list["groupVersion"] == "pantavisor.io/v1")
            let resources = list["resources"]?.array ?? []
            let plain = resources.map { $0["name"]?.string ?? "" }.filter { !$0.contains("/") }
            let kinds = Kinds.all.map { $0.descriptor }.filter { !$0.group.isEmpty }
            #expect(plain == kinds.map(\.plural))
            #expect(
                resources.first { $0["name"] == "containers" } == [
                    "name": "containers", "singularName": "container", "namespaced": false, "kind": "Container",
                    "verbs": ["get", "list", "watch", "patch", "update"], "shortNames": ["ct"],
                    "categories": ["all", "pantavisor"],
                ])
            #expect(
                resources.first { $0["name"] == "groups" }?["verbs"] == ["get", "list", "watch", "patch", "update"])
            #expect(
                resources.first { $0["name"] == "revisions" }?["verbs"]
                    == ["get", "list", "watch", "patch", "update", "create", "delete"])
            #expect(resources.contains { $0["name"] == "containers/log" })
        }
    }

    @Test
    func `groups are listed for old clients and whole for new ones`() async throws {
        try await LiveServer.with { server async throws in
            let legacy = try JSONValue(parsing: try await server.get("/apis").body)
            let version: JSONValue = ["groupVersion": "pantavisor.io/v1", "version": "v1"]
            #expect(legacy["kind"] == "APIGroupList")
            #expect(
                legacy["groups"]?.array?.first
                    == ["name": "pantavisor.io", "versions": [version], "preferredVersion": version])
            let names = legacy["groups"]?.array?.compactMap { $0["preferredVersion"]?["groupVersion"]?.string }
            #expect(
                names == [
                    "pantavisor.io/v1", "apps/v1", "metrics.k8s.io/v1beta1", "authorization.k8s.io/v1",
                    "authentication.k8s.io/v1",
                ])
            for name in names ?? [] {
                let list = try await server.get("/apis/\(name)").json
                #expect(list["groupVersion"]?.string == name)
                #expect(try await server.get("/apis/\(name.split(separator: "/")[0])").json["kind"] == "APIGroup")
            }
            let accept = "Accept: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
            let response = try await server.get("/apis", accept)
            #expect(
                response.header("Content-Type")
                    == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
            let aggregated = try JSONValue(parsing: response.body)
            #expect(aggregated["items"]?.array?.first?["versions"]?.array?.first?["freshness"] == "Current")
            #expect(aggregated["items"]?.array?.count == names?.count)
        }
    }

    @Test
    func `openapi v2 is empty, with a content type that kubectl can read`() async throws {
        try await LiveServer.with { server async throws in
            let response = try await server.get("/openapi/v2")
            #expect(response.status == 200)
            #expect(
                response.header("Content-Type") == "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
            #expect(response.body == "")
        }
    }

    @Test
    func `openapi v3 lets every kind be patched with field validation`() async throws {
        try await LiveServer.with { server async throws in
            let root = try JSONValue(parsing: try await server.get("/openapi/v3").body)
            let url = root["paths"]?["apis/pantavisor.io/v1"]?["serverRelativeURL"]?.string ?? ""
            let document = try JSONValue(parsing: try await server.get(url).body)
            let kinds = Kinds.all.map { $0.descriptor }.filter { !$0.group.isEmpty }
            for kind in kinds {
                let patch = document["paths"]?["/apis/pantavisor.io/v1/\(kind.plural)/{name}"]?["patch"]
                #expect(patch?["x-kubernetes-group-version-kind"]?["kind"]?.string == kind.name.description)
                #expect(patch?["parameters"]?.array?.first?["name"] == "fieldValidation")
                // kubectl sends whatever is listed here; the rest is refused with 415.
                let types = patch?["requestBody"]?["content"]?.object?.map(\.key).sorted() ?? []
                #expect(
                    types == [
                        "application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json",
                    ])
            }
        }
    }

    @Test
    func `the namespace that events live in is there`() async throws {
        try await LiveServer.with { server async throws in
            try server.create(Resource<Device>(name: Device.selfName, spec: Device.Spec()))
            let list = try JSONValue(parsing: try await server.get("/api/v1/namespaces").body)
            let one = try JSONValue(parsing: try await server.get("/api/v1/namespaces/default").body)
            #expect(list["items"] == [one])
            #expect(one["metadata"]?["name"] == "default")
        }
    }

    @Test
    func `what never changes is only read`() async throws {
        try await LiveServer.with { server async throws in
            #expect(try await server.request("POST", "/version").status == 405)
            #expect(try await server.get("/apis/other.io").status == 404)
            #expect(try await server.get("/healthz").body == "ok")
        }
    }
}
