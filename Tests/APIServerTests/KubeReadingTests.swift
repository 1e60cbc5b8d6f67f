import APIServer
import JSON
import Model
import Store
import Testing

private let table = "Accept: application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
private let containers = "/apis/pantavisor.io/v1/containers"

@Suite(.timeLimit(.minutes(1)))
struct KubeReadingTests {
    @Test
    func `a resource is its document, with exactly the content type clients compare with`() async throws {
        try await LiveServer.with { server async throws in
            let resource = try server.container("web")
            let response = try await server.get("\(containers)/web")
            #expect(response.header("Content-Type") == "application/json")
            let (shown, document) = (try JSONValue(parsing: response.body), try resource.document())
            #expect(shown == document)
        }
    }

    @Test
    func `a trailing slash changes nothing`() async throws {
        try await LiveServer.with { server async throws in
            for path in ["/version", "/apis", "/apis/pantavisor.io/v1"] {
                let plain = try await server.get(path)
                #expect(plain.status == 200)
                #expect(try await server.get("\(path)/") == plain)
            }
        }
    }

    @Test
    func `what is not there is a Status`() async throws {
        try await LiveServer.with { server async throws in
            let response = try await server.get("\(containers)/nope")
            #expect(response.status == 404)
            #expect(
                try JSONValue(parsing: response.body) == [
                    "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
                    "message": "containers.pantavisor.io \"nope\" not found", "reason": "NotFound",
                    "details": ["name": "nope", "group": "pantavisor.io", "kind": "containers"], "code": 404,
                ])
            #expect(try await server.get("/apis/pantavisor.io/v1/nothings").status == 404)
            #expect(try await server.get("/apis/apps/v1/statefulsets").status == 404)
        }
    }

    @Test
    func `a list is sorted by name and carries the store's version`() async throws {
        try await LiveServer.with { server async throws in
            for name in ["web", "os"] { try server.container(name) }
            let list = try JSONValue(parsing: try await server.get(containers).body)
            #expect(list["kind"] == "ContainerList")
            #expect(list["metadata"] == ["resourceVersion": .string(server.store.snapshot().version.description)])
            #expect(names(list) == ["os", "web"])
        }
    }

    @Test
    func `pages together are one version`() async throws {
        try await LiveServer.with { server async throws in
            for name in ["a", "b", "c"] { try server.container(name) }
            let first = try JSONValue(parsing: try await server.get("\(containers)?limit=2").body)
            #expect(names(first) == ["a", "b"])
            try server.store.delete(ResourceKey("Container", "c"))
            let token = first["metadata"]?["continue"]?.string ?? ""
            let second = try JSONValue(parsing: try await server.get("\(containers)?limit=2&continue=\(token)").body)
            #expect(names(second) == ["c"])
            #expect(second["metadata"] == ["resourceVersion": first["metadata"]?["resourceVersion"] ?? .null])
            #expect(try await server.get("\(containers)?continue=7.a").status == 410)
        }
    }

    @Test(arguments: [
        ("labelSelector=tier%3Dfront", ["web"]),
        ("labelSelector=tier!%3Dfront", ["db", "os"]),
        ("labelSelector=tier%20in%20(front,back)", ["db", "web"]),
        ("labelSelector=tier%20notin%20(front),!gone", ["db", "os"]),
        ("labelSelector=tier", ["db", "web"]),
        ("labelSelector=!tier", ["os"]),
        ("fieldSelector=metadata.name%3Dweb,metadata.name%3Dweb", ["web"]),
        ("fieldSelector=metadata.name!%3Dweb", ["db", "os"]),
        ("fieldSelector=status.phase%3DREADY", ["os"]),
        ("fieldSelector=spec.group%3Dapp,status.phase!%3DREADY", ["db", "web"]),
    ])
    func `selectors choose`(query: String, expected: [String]) async throws {
        try await LiveServer.with { server async throws in
            for (name, tier) in [("web", "front"), ("db", "back")] {
                var resource = Resource<Container>(
                    name: name, spec: Container.Spec(revision: "1", order: 0, group: "app"))
                resource.metadata.labels["tier"] = tier
                try server.create(resource)
            }
            try server.container("os", phase: .ready)
            let list = try JSONValue(parsing: try await server.get("\(containers)?\(query)").body)
            #expect(names(list) == expected)
        }
    }

    @Test(arguments: [
        "labelSelector=%3D1", "labelSelector=a%20in%20b", "fieldSelector=x", "limit=-1", "resourceVersion=x",
    ])
    func `a query that cannot be understood is a bad request`(query: String) async throws {
        try await LiveServer.with { server async throws in
            #expect(try await server.get("\(containers)?\(query)").status == 400)
        }
    }

    @Test
    func `a table has the kind's columns, wide ones marked, and an age`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let whole = try JSONValue(parsing: try await server.get(containers, table).body)
            #expect(whole["kind"] == "Table")
            let columns = whole["columnDefinitions"]?.array ?? []
            #expect(
                columns.map { $0["name"]?.string ?? "" } == [
                    "Name", "Ready", "Status", "Group", "Goal", "Restarts", "PID", "Revision", "Age",
                ])
            #expect(columns.map { $0["priority"]?.integer ?? -1 } == [0, 0, 0, 0, 0, 0, 1, 1, 0])
            #expect(columns.first?["format"] == "name")
            let row = whole["rows"]?.array?.first
            #expect(row?["cells"] == ["web", false, "STARTED", "app", "STARTED", 0, nil, "1", "0s"])
            #expect(row?["object"]?["kind"] == "PartialObjectMetadata")
            #expect(row?["object"]?["metadata"]?["name"] == "web")
        }
    }

    @Test(
        arguments: [("None", nil), ("Metadata", "PartialObjectMetadata"), ("Object", "Container")]
            as [(String, String?)])
    func `a row carries what was asked for`(included: String, kind: String?) async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let response = try await server.get("\(containers)/web?includeObject=\(included)", table)
            let row = try JSONValue(parsing: response.body)["rows"]?.array?.first
            #expect(row?["object"]?["kind"]?.string == kind)
        }
    }

    @Test
    func `events of a resource are found as describe asks for them`() async throws {
        try await LiveServer.with { server async throws in
            for (index, name) in ["web", "os"].enumerated() {
                let object = Event.Reference(
                    kind: "Container", apiVersion: "pantavisor.io/v1", name: name, uid: "u\(index)")
                let spec = Event.Spec(
                    involvedObject: object, type: .normal, reason: "Started", message: "runs", at: LiveServer.now,
                    component: "container")
                var event = Resource<Event>(name: "\(name).1", spec: spec)
                event.metadata.namespace = "default"
                try server.create(event)
            }
            let selector =
                "fieldSelector=involvedObject.name%3Dweb,involvedObject.namespace%3D,involvedObject.kind%3DContainer"
            for path in ["/api/v1/events", "/api/v1/namespaces/default/events"] {
                let list = try JSONValue(parsing: try await server.get("\(path)?\(selector)&limit=500").body)
                #expect(list["kind"] == "EventList")
                #expect(list["apiVersion"] == "v1")
                #expect(names(list) == ["web.1"])
                #expect(list["items"]?.array?.first?["reason"] == "Started")
            }
            #expect(try await server.get("/api/v1/namespaces/other/events").status == 404)
        }
    }

    @Test(
        arguments: [
            (0, "0s"), (119, "119s"), (120, "2m"), (130, "2m10s"), (600, "10m"), (10_799, "179m"), (10_800, "3h"),
            (11_520, "3h12m"), (28_800, "8h"), (172_800, "2d"), (187_200, "2d4h"), (691_200, "8d"), (63_072_000, "2y"),
            (66_528_000, "2y40d"), (252_288_000, "8y"), (-5, "0s"),
        ] as [(Int64, String)])
    func `an age is as short as kubectl writes it`(seconds: Int64, text: String) async throws {
        try await LiveServer.with { server async throws in
            let object = Event.Reference(kind: "Device", apiVersion: "pantavisor.io/v1", name: "self", uid: "u")
            let time = Timestamp(seconds: LiveServer.now.seconds - seconds)
            let spec = Event.Spec(
                involvedObject: object, type: .normal, reason: "Old", message: "", at: time, component: "test")
            try server.create(Resource<Event>(name: "e", spec: spec))
            let answer = try JSONValue(parsing: try await server.get("/api/v1/events", table).body)
            #expect(answer["rows"]?.array?.first?["cells"]?.array?[1] == .string(text))
        }
    }

    private func names(_ list: JSONValue) -> [String] {
        (list["items"]?.array ?? []).map { $0["metadata"]?["name"]?.string ?? "" }
    }
}
