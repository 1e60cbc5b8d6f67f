import APIServer
import JSON
import Model
import Store
import Testing

private let web = "/apis/pantavisor.io/v1/containers/web"

@Suite(.timeLimit(.minutes(1)))
struct KubeOwnershipTests {
    @Test
    func `whoever applies a member owns it, and others are told`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            #expect(try await server.apply(web, by: "a", container(#""spec":{"run":"Stopped"}"#)).status == 200)
            let refused = try await server.apply(web, by: "b", container(#""spec":{"run":"Running"}"#))
            #expect(refused.status == 409)
            #expect(refused.json["reason"] == "Conflict")
            #expect(refused.json["message"] == #"Apply failed with 1 conflict: conflict with "a": .spec.run"#)
            #expect(refused.causes == [#".spec.run: conflict with "a""#])
            #expect(run(server) == .stopped)
            let taken = try await server.apply(web, by: "b", force: true, container(#""spec":{"run":"Running"}"#))
            #expect(taken.status == 200)
            #expect(run(server) == .running)
            #expect(
                taken.json["metadata"]?["managedFields"]
                    == [
                        [
                            "manager": "b", "operation": "Apply", "apiVersion": "pantavisor.io/v1",
                            "time": .string(LiveServer.now.description), "fieldsType": "FieldsV1",
                            "fieldsV1": ["f:spec": ["f:run": [:]]],
                        ]
                    ])
        }
    }

    @Test
    func `two may apply the same value, and what one no longer applies goes when the other lets go too`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let both = container(#""spec":{"run":"Stopped"}"#, labels: #"{"x":"1"}"#)
            for manager in ["a", "b"] { #expect(try await server.apply(web, by: manager, both).status == 200) }
            #expect(try await server.apply(web, by: "a", container()).status == 200)
            #expect(run(server) == .stopped)
            #expect(try await server.apply(web, by: "b", container()).status == 200)
            #expect(run(server) == .running)
            let metadata = server.store.snapshot().get(Container.self, "web")?.metadata
            #expect(metadata?.labels == [:])
            #expect(metadata?.managedFields == [])
        }
    }

    @Test
    func `an update takes what it changes from whoever applied it`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            _ = try await server.apply(web, by: "a", container(#""spec":{"run":"Stopped"}"#, labels: #"{"x":"1"}"#))
            let path = "\(web)?fieldManager=hand"
            #expect(try await server.patch(path, .merge, #"{"spec":{"run":"Running"}}"#).status == 200)
            let managers = server.store.snapshot().get(Container.self, "web")?.metadata.managedFields ?? []
            #expect(managers.map(\.name) == ["a", "hand"])
            #expect(managers.map(\.paths) == [[["metadata", "labels", "x"]], [["spec", "run"]]])
            let refused = try await server.apply(web, by: "a", container(#""spec":{"run":"Stopped"}"#))
            #expect(refused.causes == [#".spec.run: conflict with "hand""#])
        }
    }

    @Test
    func `the same apply again changes nothing at all`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let first = try await server.apply(web, by: "a", container(#""spec":{"run":"Stopped"}"#))
            let second = try await server.apply(web, by: "a", container(#""spec":{"run":"Stopped"}"#))
            #expect(first.json["metadata"]?["resourceVersion"] != nil)
            #expect(first.json == second.json)
        }
    }

    @Test
    func `an apply needs a manager, a kind that users create, and a name that fits`() async throws {
        try await LiveServer.with { server async throws in
            #expect(try await server.patch(web, .apply, container()).status == 400)
            #expect(try await server.apply(web, by: "a", container()).status == 404)
            try server.container("web")
            let other = #"{"apiVersion":"pantavisor.io/v1","kind":"Container","metadata":{"name":"db"}}"#
            #expect(
                try await server.apply(web, by: "a", other).causes == [
                    #"metadata.name: must be "web", not the string "db""#
                ])
        }
    }

    @Test
    func `who owns what can be rewritten, as kubectl does when it begins to apply on the server`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            _ = try await server.patch("\(web)?fieldManager=old", .merge, #"{"spec":{"run":"Stopped"}}"#)
            let body =
                #"[{"op":"replace","path":"/metadata/managedFields","value":[{"manager":"new","operation":"Apply","#
                + #""apiVersion":"pantavisor.io/v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{".":{},"f:run":{}}}}]}]"#
            #expect(try await server.patch(web, .operations, body).status == 200)
            let managers = server.store.snapshot().get(Container.self, "web")?.metadata.managedFields ?? []
            #expect(managers.map(\.name) == ["new"])
            #expect(managers.map(\.paths) == [[["spec", "run"]]])
        }
    }

    private func run(_ server: LiveServer) -> RunState? {
        server.store.snapshot().get(Container.self, "web")?.spec.run
    }

    private func container(_ spec: String = #""spec":{}"#, labels: String = "{}") -> String {
        """
        {"apiVersion":"pantavisor.io/v1","kind":"Container","metadata":{"name":"web","labels":\(labels)},\(spec)}
        """
    }
}
