import APIServer
import JSON
import Model
import Store
import Testing

private let revisions = "/apis/pantavisor.io/v1/revisions"
private let rollouts = "/apis/pantavisor.io/v1/rollouts"
private let state = ##"{"#spec":"pantavisor-service-system@1"}"##

@Suite(.timeLimit(.minutes(1)))
struct KubeCreationTests {
    @Test
    func `a revision is kept before it is answered, and is what was sent`() async throws {
        try await with { server, trails async throws in
            let response = try await server.post("\(revisions)?fieldManager=kubectl-create", revision("locals.x"))
            #expect(response.status == 201)
            let document = try JSONValue(parsing: state)
            #expect(response.json["spec"] == ["revision": "locals/x", "state": document, "origin": "local"])
            #expect(response.json["metadata"]?["generation"] == 1)
            #expect(trails.kept == ["locals/x": state])
            #expect(server.store.snapshot().get(Revision.self, "locals.x")?.status.phase == .new)
            let again = try await server.post(revisions, revision("locals.x"))
            #expect(again.status == 409)
            #expect(again.json["reason"] == "AlreadyExists")
        }
    }

    @Test
    func `what cannot be kept is not there`() async throws {
        try await with(Trails(isFull: true)) { server, _ async throws in
            let response = try await server.post(revisions, revision("7"))
            #expect(response.status == 500)
            #expect(response.json["message"]?.string?.contains("cannot be kept") == true)
            #expect(try await server.get("\(revisions)/7").status == 404)
        }
    }

    @Test
    func `every problem of a revision is told at once, with its place`() async throws {
        try await with { server, trails async throws in
            let body = """
                {"apiVersion":"pantavisor.io/v1","kind":"Revision","metadata":{"name":"locals.x","labels":{"-a":"b c"}},
                 "spec":{"revision":"locals/y","origin":"moon","extra":1}}
                """
            let response = try await server.post("\(revisions)?fieldValidation=Strict", body)
            #expect(response.status == 422)
            #expect(
                response.causes == [
                    #"spec.origin: Unsupported value: the string "moon": supported values: "hub", "local""#,
                    "spec.state: Required value: must be a value",
                    #"metadata.labels: "-a" is no name like example.org/name: letters, digits, - _ and . only"#,
                    "metadata.labels[-a]: must be at most 63 letters, digits, - _ or . with a letter or digit at both "
                        + #"ends, not the string "b c""#,
                    #"spec.extra: strict decoding error: unknown field "spec.extra""#,
                ])
            let bad = try await server.post(
                revisions, revision("locals.x", spec: ##""revision":"locals/y","state":{"#spec":1,"a/b":{}}"##))
            #expect(bad.status == 422)
            #expect(bad.causes.contains(#"metadata.name: must be "locals.y", as spec.revision says"#))
            #expect(bad.causes.contains { $0.hasPrefix("spec.state.#spec: ") })
            #expect(trails.kept == [:])
            #expect(server.store.snapshot().all(Revision.self).isEmpty)
        }
    }

    @Test(arguments: [
        (#""metadata":{"name":"a/b"}"#, "metadata.name"), (#""metadata":{}"#, "metadata.name"),
        (#""metadata":{"name":"a","labels":{"pantavisor.io/x":"1"}}"#, "metadata.labels.pantavisor.io/x"),
        (#""metadata":{"name":"..","annotations":{"a":1}}"#, "metadata.annotations[a]"),
    ])
    func `names and what is the device's own are checked`(metadata: String, field: String) async throws {
        try await with { server, _ async throws in
            let body = #"{"apiVersion":"pantavisor.io/v1","kind":"Revision",\#(metadata),"spec":{"state":\#(state)}}"#
            let response = try await server.post(revisions, body)
            #expect([403, 422].contains(response.status))
            #expect(response.causes.contains { $0.hasPrefix("\(field): ") }, "\(response.causes)")
        }
    }

    @Test
    func `a dry run keeps nothing, wherever it is asked for`() async throws {
        try await with { server, trails async throws in
            #expect(try await server.post("\(revisions)?dryRun=All", revision("1")).status == 201)
            #expect(try await server.apply("\(revisions)/1", by: "me&dryRun=All", revision("1")).status == 201)
            #expect(trails.kept == [:])
            #expect(try await server.post(revisions, revision("1")).status == 201)
            let body = #"{"propagationPolicy":"Background","dryRun":["All"]}"#
            #expect(try await server.request("DELETE", "\(revisions)/1", body: body).status == 200)
            #expect(try await server.request("DELETE", "\(revisions)/1?dryRun=All").status == 200)
            #expect(try await server.request("DELETE", "\(revisions)/1?dryRun=Some").status == 400)
            #expect(try await server.get("\(revisions)/1").status == 200)
        }
    }

    @Test
    func `a deleted revision is gone from the disk too, unless it is in use`() async throws {
        try await with { server, trails async throws in
            for name in ["1", "2"] { #expect(try await server.post(revisions, revision(name)).status == 201) }
            var device = Resource<Device>(name: Device.selfName, spec: Device.Spec())
            device.status.currentRevision = "1"
            try server.create(device)
            let refused = try await server.request("DELETE", "\(revisions)/1")
            #expect(refused.status == 403)
            #expect(refused.body.contains("it runs; move the device to another revision first"))
            let deleted = try await server.request("DELETE", "\(revisions)/2")
            #expect(deleted.status == 200)
            #expect(deleted.json["status"] == "Success")
            #expect(deleted.json["details"]?["name"] == "2")
            #expect(Array(trails.kept.keys) == ["1"])
            #expect(try await server.request("DELETE", "\(revisions)/2").status == 404)
        }
    }

    @Test
    func `finalizers hold a revision, and its files, until the last is taken away`() async throws {
        try await with { server, trails async throws in
            _ = try await server.post(revisions, revision("1", metadata: #","finalizers":["example.org/x"]"#))
            let waiting = try await server.request(
                "DELETE", "\(revisions)/1", body: #"{"propagationPolicy":"Foreground"}"#)
            #expect(waiting.json["kind"] == "Revision")
            #expect(waiting.json["metadata"]?["deletionTimestamp"] != nil)
            #expect(Array(trails.kept.keys) == ["1"])
            let body = #"[{"op":"remove","path":"/metadata/finalizers"}]"#
            #expect(try await server.patch("\(revisions)/1", .operations, body).status == 200)
            #expect(try await server.get("\(revisions)/1").status == 404)
            #expect(trails.kept == [:])
        }
    }

    @Test
    func `preconditions of a deletion hold`() async throws {
        try await with { server, _ async throws in
            let uid = try await server.post(revisions, revision("1")).json["metadata"]?["uid"]?.string ?? ""
            func delete(_ body: String) async throws -> Int {
                try await server.request("DELETE", "\(revisions)/1", body: body).status
            }
            #expect(try await delete(#"{"preconditions":{"uid":"other"}}"#) == 409)
            #expect(try await delete(#"{"preconditions":{"resourceVersion":"1"}}"#) == 409)
            #expect(try await delete(#"{"propagationPolicy":"Orphan"}"#) == 400)
            #expect(try await delete(#"{"preconditions":{"uid":"\#(uid)"}}"#) == 200)
        }
    }

    @Test
    func `the spec of a revision never changes, its labels do`() async throws {
        try await with { server, _ async throws in
            _ = try await server.post(revisions, revision("1"))
            let changed = try await server.patch("\(revisions)/1", .merge, #"{"spec":{"state":{"x/y":{}}}}"#)
            #expect(changed.status == 403)
            #expect(changed.body.contains("spec cannot be changed"))
            #expect(
                try await server.patch("\(revisions)/1", .merge, #"{"metadata":{"labels":{"a":"b"}}}"#).status == 200)
        }
    }

    @Test
    func `a name is completed when only its beginning is given`() async throws {
        try await with { server, _ async throws in
            let body = revision("", metadata: #","generateName":"try-""#)
            let name = try await server.post(revisions, body).json["metadata"]?["name"]?.string ?? ""
            #expect(name.hasPrefix("try-"))
            #expect(name.count == 9)
        }
    }

    @Test(arguments: [
        (#"{"revision":"2"}"#, "spec.revision: there is no revision"), ("{}", "spec.revision: Required value"),
        (#"{"action":"Abort"}"#, "spec.action: set it to Abort on the rollout"),
        (#"{"revision":"1","action":"Jump"}"#, "spec.action: Unsupported value"),
    ])
    func `a rollout needs something to move to`(spec: String, cause: String) async throws {
        try await with { server, _ async throws in
            _ = try await server.post(revisions, revision("1"))
            let response = try await server.post(rollouts, rollout(spec))
            #expect(response.status == 422)
            #expect(response.causes.first?.hasPrefix(cause) == true, "\(response.causes)")
        }
    }

    @Test
    func `a rollout runs unless it says otherwise, and can only be given up`() async throws {
        try await with { server, _ async throws in
            _ = try await server.post(revisions, revision("1"))
            let made = try await server.post(rollouts, rollout(#"{"revision":"1"}"#))
            #expect(made.json["spec"] == ["revision": "1", "action": "Run"])
            let path = "\(rollouts)/r"
            #expect(try await server.patch(path, .merge, #"{"spec":{"action":"Apply"}}"#).status == 422)
            #expect(try await server.patch(path, .merge, #"{"spec":{"revision":"2"}}"#).status == 403)
            #expect(try await server.patch(path, .merge, #"{"spec":{"action":"Abort"}}"#).status == 200)
        }
    }

    private func rollout(_ spec: String) -> String {
        #"{"apiVersion":"pantavisor.io/v1","kind":"Rollout","metadata":{"name":"r"},"spec":\#(spec)}"#
    }

    private func with(
        _ trails: Trails = Trails(), _ body: (LiveServer, Trails) async throws -> Void
    ) async throws {
        let admissions: [KindName: any ResourceAdmission] = [
            Revision.descriptor.name: RevisionAdmission(trails), Rollout.descriptor.name: RolloutAdmission(),
        ]
        try await LiveServer.with(admissions: admissions) { server in
            try await body(server, trails)
        }
    }

    private func revision(_ name: String, metadata: String = "", spec: String = #""state":\#(state)"#) -> String {
        """
        {"apiVersion":"pantavisor.io/v1","kind":"Revision","metadata":{"name":"\(name)"\(metadata)},"spec":{\(spec)}}
        """
    }
}
