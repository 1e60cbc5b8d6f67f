import APIServer
import JSON
import Model
import Store
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UpstreamPutStepTests {
    private let trails = Trails()
    private let state = ##"{ "#spec": "pantavisor-service-system@1" }"##
    private let object = BlobStub.object("a").name

    private func with(_ body: (LiveServer) async throws -> Void) async throws {
        try await LiveServer.with(services: { services in
            services.revisions = trails
            services.steps = trails
            services.admissions[Revision.descriptor.name] = RevisionAdmission(
                trails, finalizer: Revision.trailFinalizer)
        }) { server in
            try server.create(Resource<Device>(name: Device.selfName, spec: Device.Spec()))
            try await body(server)
        }
    }

    private func state(_ object: String) -> String {
        ##"{"#spec":"pantavisor-service-system@1","note.bin":"\##(object)"}"##
    }

    @Test
    func `a state becomes a revision as it was sent, and may be run`() async throws {
        try await with { server async throws in
            let response = try await server.request("PUT", "/steps/locals/x", body: state)
            #expect(response.status == 200)
            #expect(response.body == "")
            #expect(
                trails.drafts.withLock { $0 } == [
                    "locals/x": RevisionDraft(revision: "locals/x", state: Array(state.utf8), progress: .ready)
                ])
            let revision = server.store.snapshot().get(Revision.self, "locals.x")
            #expect(revision?.spec.revision == "locals/x")
            #expect(revision?.spec.origin == .local)
            #expect(revision?.status.message == "Update ready to be run")
            #expect(revision?.metadata.finalizers == [Revision.trailFinalizer])
            #expect(try await server.get("/steps/locals/x").body == state)
        }
    }

    @Test
    func `a state that is wrong is refused with every reason, and harms nothing`() async throws {
        try await with { server async throws in
            #expect(try await server.request("PUT", "/steps/locals/x", body: state).status == 200)
            let cases = [
                ("{", "/: is not valid JSON"), (#"{"a":1}"#, "/#spec: is missing"),
                (##"{"#spec":"pantavisor-service-system@1","../a":{}}"##, "/..~1a: "),
            ]
            for (body, problem) in cases {
                let response = try await server.request("PUT", "/steps/locals/x", body: body)
                #expect(response.status == 422)
                let error = try JSONValue(parsing: Array(response.body.utf8))
                #expect(error["Error"] == "Parser: State JSON has bad format")
                #expect(
                    error["Details"]?.array?.contains { $0.string?.hasPrefix(problem) ?? false } == true, "\(error)")
            }
            #expect(trails.kept == ["locals/x": state])
            #expect(server.store.snapshot().all(Revision.self).count == 1)
        }
    }

    @Test
    func `missing objects are named, and let pass on request`() async throws {
        try await with { server async throws in
            let refused = try await server.request("PUT", "/steps/locals/x", body: state(object))
            #expect(refused.status == 422)
            #expect(
                refused.body
                    == #"{"Error":"Storage: 1 objects are missing; upload them first, or add ?missingObjects=Allow","#
                    + #""Details":["\#(object)"]}"#)
            #expect(trails.kept == [:])
            let path = "/steps/locals/x?missingObjects=Allow"
            #expect(try await server.request("PUT", path, body: state(object)).status == 200)
            #expect(trails.drafts.withLock { $0["locals/x"]?.progress } == .notInstalled)
            try server.create(.stored(object, size: 1))
            #expect(try await server.request("PUT", "/steps/locals/x", body: state(object)).status == 200)
            #expect(trails.drafts.withLock { $0["locals/x"]?.progress } == .ready)
            #expect(try await server.request("PUT", "/steps/locals/x?missingObjects=?", body: "").status == 400)
        }
    }

    @Test
    func `what is in use keeps its content`() async throws {
        try await with { server async throws in
            #expect(try await server.request("PUT", "/steps/locals/x", body: state).status == 200)
            let uid = server.store.snapshot().get(Revision.self, "locals.x")?.metadata.uid
            try server.create(.stored(object, size: 1))
            try server.store.modify(Device.self, Device.selfName, part: .status) {
                $0.status.rollbackRevision = "locals/x"
            }
            let refused = try await server.request("PUT", "/steps/locals/x", body: state(object))
            #expect(refused.status == 409)
            #expect(
                refused.body
                    == #"{"Error":"Revision locals/x has other content and cannot be changed: the device falls back to it; "#
                    + #"choose another name"}"#)
            // The same once more is what a client does that was cut off.
            let same = state.replacing(" ", with: "")
            #expect(try await server.request("PUT", "/steps/locals/x", body: same).status == 200)
            #expect(server.store.snapshot().get(Revision.self, "locals.x")?.metadata.uid == uid)
            #expect(trails.kept == ["locals/x": state])
        }
    }

    @Test
    func `what nothing uses is replaced by a new revision, unless that cannot be written`() async throws {
        try await with { server async throws in
            try server.create(.stored(object, size: 1))
            #expect(try await server.request("PUT", "/steps/locals/x", body: state).status == 200)
            try server.store.modify(Revision.self, "locals.x", part: .status) { $0.status.phase = .error }
            trails.isFull.withLock { $0 = true }
            #expect(try await server.request("PUT", "/steps/locals/x", body: state(object)).status == 500)
            #expect(server.store.snapshot().get(Revision.self, "locals.x")?.status.phase == .error)
            trails.isFull.withLock { $0 = false }
            #expect(try await server.request("PUT", "/steps/locals/x", body: state(object)).status == 200)
            #expect(trails.kept == ["locals/x": state(object)])
            #expect(server.store.snapshot().get(Revision.self, "locals.x")?.status.phase == .new)
        }
    }

    @Test(arguments: [
        ("locals", "Request has bad step name"), ("locals/..", "Request has bas step name"),
        ("locals/a%2Fb", "Request has bas step name"), ("locals/.x", "Request has bas step name"),
        ("locals/" + String(repeating: "x", count: 65), "Request has bas step name"),
        ("x", "Method not supported for this endpoint"),
        ("locals/x/progress", "Method not supported for this endpoint"),
    ])
    func `a name that no local revision has is refused`(name: String, text: String) async throws {
        try await with { server async throws in
            let response = try await server.request("PUT", "/steps/\(name)", body: state)
            #expect(response.status == 400)
            #expect(response.body == #"{"Error":"\#(text)"}"#)
            #expect(trails.kept == [:])
        }
    }

    @Test
    func `a state longer than 16 MiB is refused before it is sent`() async throws {
        try await with { server async throws in
            let client = try await server.connect()
            try await client.send(
                "PUT /steps/locals/x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: \((16 << 20) + 1)\r\n\r\n")
            #expect(RawResponse(await client.receiveAll()).status == 413)
        }
    }

    @Test
    func `a commit message is kept with its revision`() async throws {
        try await with { server async throws in
            #expect(try await server.request("PUT", "/steps/locals/x/commitmsg", body: "hi").status == 404)
            #expect(try await server.request("PUT", "/steps/locals/x", body: state).status == 200)
            #expect(try await server.request("PUT", "/steps/locals/x/commitmsg", body: "hi").status == 200)
            #expect(trails.drafts.withLock { $0["locals/x"]?.commitMessage } == "hi")
            #expect(server.store.snapshot().get(Revision.self, "locals.x")?.spec.commitMessage == "hi")
            let none = try await server.request("PUT", "/steps/locals/x/commitmsg", body: "")
            #expect(none.body == #"{"Error":"No commit message"}"#)
            let long = String(repeating: "x", count: 257)
            #expect(try await server.request("PUT", "/steps/locals/x/commitmsg", body: long).status == 507)
        }
    }
}
