import APIServer
import JSON
import Model
import Store
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UpstreamCommandTests {
    private let trails = Trails()
    private let state = ##"{"#spec":"pantavisor-service-system@1"}"##

    /// A server on a device that runs `1` and has `locals/x`, with a controller that writes every attempt down.
    private func with(_ body: (LiveServer) async throws -> Void) async throws {
        try await LiveServer.with(services: { services in
            services.revisions = trails
            services.steps = trails
        }) { server in
            var device = Resource<Device>(name: Device.selfName, spec: Device.Spec())
            device.status.currentRevision = "1"
            device.status.rollbackRevision = "1"
            try server.create(device)
            for name in ["1", "locals/x"] {
                let draft = RevisionDraft(revision: name, state: Array(state.utf8), progress: .ready)
                try await trails.write(draft)
                let document = try JSONValue(parsing: state)
                let spec = Revision.Spec(revision: name, state: document, commitMessage: "of \(name)")
                try server.create(Resource<Revision>(name: Revision.resourceName(of: name), spec: spec))
            }
            let controller = Task { try await server.writeDownAttempts() }
            try await body(server)
            controller.cancel()
        }
    }

    @Test(arguments: [
        ("", 400, "No command found"), ("{", 400, "Command has bad format"), ("[]", 400, "Command has bad format"),
        (#"{"op":"LOCAL_RUN"}"#, 400, "Command has bad format"),
        (#"{"op":"","payload":""}"#, 400, "Command has bad format"),
        (#"{"op":"LOCAL","payload":"1"}"#, 400, "Command has bad format"),
        (#"{"op":"local_run","payload":"1"}"#, 400, "Command has bad format"),
        (#"{"op":"LOCAL_RUN","payload":"../1"}"#, 400, "Command needs a revision like 3 or locals/x"),
        (#"{"op":"LOCAL_RUN","payload":""}"#, 400, "Command needs a revision like 3 or locals/x"),
        (
            #"{"op":"LOCAL_RUN","payload":"locals/y"}"#, 404,
            "Revision locals/y does not exist; put it there with PUT /steps/locals/<name> first"
        ),
        (#"{"op":"DEFER_REBOOT","payload":"soon"}"#, 400, "Command needs a number of seconds from 0 to 86400"),
    ])
    func `what is no command is refused`(body: String, status: Int, text: String) async throws {
        try await with { server async throws in
            let response = try await server.request("POST", "/commands", body: body)
            #expect(response.status == status)
            #expect(response.body == #"{"Error":"\#(text)"}"#)
            #expect(server.store.snapshot().all(Rollout.self).isEmpty)
        }
    }

    @Test(arguments: [
        ("LOCAL_RUN", Rollout.Action.run), ("LOCAL_RUN_COMMIT", .runCommit), ("TRY_ONCE", .tryOnce),
        ("LOCAL_APPLY", .apply),
    ])
    func `a move is an attempt that is written down when it is answered`(
        operation: String, action: Rollout.Action
    ) async throws {
        try await with { server async throws in
            let response = try await server.command(operation, "locals/x")
            #expect(response.status == 200)
            #expect(response.body == "")
            let attempt = try #require(server.store.snapshot().all(Rollout.self).first)
            #expect(attempt.name.hasPrefix("locals.x-"))
            #expect(attempt.spec == Rollout.Spec(revision: "locals/x", action: action, retry: false))
            #expect(attempt.status.journaled != nil)
        }
    }

    @Test
    func `who names a revision that failed wants it once more`() async throws {
        try await with { server async throws in
            try server.store.modify(Device.self, Device.selfName, part: .status) {
                $0.status.failures = [Device.Failure(digest: "d", revision: "locals/x", message: "no")]
            }
            #expect(try await server.command("LOCAL_RUN", "locals/x").status == 200)
            #expect(server.store.snapshot().all(Rollout.self).first?.spec.retry == true)
        }
    }

    @Test(arguments: [
        "REBOOT_DEVICE", "POWEROFF_DEVICE", "LOCAL_RUN", "LOCAL_RUN_COMMIT", "MAKE_FACTORY", "TRY_ONCE", "LOCAL_APPLY",
    ])
    func `an update that is under way is not disturbed`(operation: String) async throws {
        try await with { server async throws in
            try server.create(Resource<Storage>(name: Storage.selfName, spec: Storage.Spec()))
            try server.create(Resource<Rollout>(name: "r", spec: .init(revision: "locals/x")))
            let response = try await server.command(operation, "locals/x")
            #expect(response.status == 503)
            #expect(response.header("Retry-After") == "600")
            #expect(response.body == #"{"Error":"Cannot do this operation while update is ongoing"}"#)
            #expect(try await server.command("RUN_GC", "").status == 200)
        }
    }

    @Test
    func `commands of other modes are refused in upstream's words`() async throws {
        try await with { server async throws in
            var config = Resource<Config>(name: Config.selfName, spec: Config.Spec())
            config.status.values = ["PV_CONTROL_REMOTE": "0", "PV_DEBUG_SHELL": "0"]
            try server.create(config)
            var meta = Resource<DeviceMeta>(name: DeviceMeta.selfName, spec: MetaSpec())
            meta.status.facts["pantahub.claimed"] = "1"
            try server.create(meta)
            let refusals = [
                ("UPDATE_METADATA", "while on local mode"), ("MAKE_FACTORY", "if device is already claimed"),
                ("GO_REMOTE", "when remote mode is disabled by config"),
                ("DEFER_REBOOT", "when debug shell is not active"), ("UNCLAIM", "while no hub client runs"),
            ]
            for (operation, text) in refusals {
                let response = try await server.command(operation, "")
                #expect(response.status == 409)
                #expect(response.body == #"{"Error":"Cannot do this operation \#(text)"}"#)
            }
            let graph = try await server.command("XCONNECT_GRAPH", "")
            #expect(graph.status == 400)
            #expect(graph.body == #"{"Error":"Command XCONNECT_GRAPH does nothing; ask GET /xconnect-graph"}"#)
        }
    }

    @Test
    func `who goes where he is already gets no content`() async throws {
        try await with { server async throws in
            #expect(try await server.command("GO_REMOTE", "").status == 200)
            #expect(server.store.snapshot().get(Device.self, Device.selfName)?.spec.mode == .remote)
            for operation in ["GO_REMOTE", "UNCLAIM"] {
                let response = try await server.command(operation, "")
                #expect(response.status == 204)
                #expect(response.body == "")
                #expect(response.header("Content-Length") == nil)
            }
        }
    }

    @Test
    func `a setting by command is answered when it is kept`() async throws {
        try await with { server async throws in
            try server.create(Resource<Config>(name: Config.selfName, spec: Config.Spec()))
            let controller = Task {
                for await _ in try server.store.changes(WatchOptions(kinds: ["Config"], from: .initialEvents)) {
                    let commands = server.store.snapshot().get(Config.self, "self")?.spec.commands ?? [:]
                    try server.store.modify(Config.self, "self", part: .status) { $0.status.journaled = commands }
                }
            }
            defer { controller.cancel() }
            #expect(try await server.command("DISABLE_SSH", "").status == 200)
            #expect(server.store.snapshot().get(Config.self, "self")?.spec.commands == ["PV_DEBUG_SSH": "0"])
            #expect(try await server.command("ENABLE_SSH", "").status == 200)
            #expect(server.store.snapshot().get(Config.self, "self")?.status.journaled == ["PV_DEBUG_SSH": "1"])
        }
    }

    @Test
    func `metadata by command are all members of an object`() async throws {
        try await with { server async throws in
            try server.store.modify(Device.self, Device.selfName, part: .main) { $0.spec.mode = .remote }
            try server.create(Resource<DeviceMeta>(name: DeviceMeta.selfName, spec: MetaSpec()))
            let controller = Task {
                for await _ in try server.store.changes(WatchOptions(kinds: ["DeviceMeta"], from: .initialEvents)) {
                    let data = server.store.snapshot().get(DeviceMeta.self, "self")?.spec.data ?? [:]
                    try server.store.modify(DeviceMeta.self, "self", part: .status) { $0.status.saved = data }
                }
            }
            defer { controller.cancel() }
            let body = #"{"op":"UPDATE_METADATA","payload":"{\"a\":\"1\",\"b\":{\"c\":2}}"}"#
            #expect(try await server.request("POST", "/commands", body: body).status == 200)
            #expect(
                server.store.snapshot().get(DeviceMeta.self, "self")?.spec.data == ["a": "1", "b": #"{"c":2}"#])
            #expect(try await server.command("UPDATE_METADATA", "[]").status == 400)
        }
    }

    @Test
    func `power and collections are wishes`() async throws {
        try await with { server async throws in
            try server.create(Resource<Storage>(name: Storage.selfName, spec: Storage.Spec()))
            #expect(try await server.command("RUN_GC", "").status == 200)
            let wish = server.store.snapshot().get(Storage.self, Storage.selfName)?.spec.collect
            #expect(try await server.command("RUN_GC", "").status == 200)
            #expect(server.store.snapshot().get(Storage.self, Storage.selfName)?.spec.collect != wish)
            #expect(try await server.command("REBOOT_DEVICE", "bye").status == 200)
            #expect(server.store.snapshot().get(Device.self, Device.selfName)?.spec.power == .reboot)
            let late = try await server.command("LOCAL_RUN", "locals/x")
            #expect(late.status == 503)
            #expect(late.header("Retry-After") == "120")
        }
    }

    @Test
    func `the factory revision is made of another one, and moved to`() async throws {
        try await with { server async throws in
            #expect(try await server.command("MAKE_FACTORY", "locals/x").status == 200)
            let draft = trails.drafts.withLock { $0["0"] }
            #expect(
                draft
                    == RevisionDraft(
                        revision: "0", state: Array(state.utf8), commitMessage: "of locals/x", progress: .ready,
                        isBootable: true))
            let attempt = server.store.snapshot().all(Rollout.self).first
            #expect(attempt?.spec == Rollout.Spec(revision: "0", action: .runCommit, retry: false))
        }
    }

    @Test
    func `a factory revision that is needed stays as it is`() async throws {
        try await with { server async throws in
            let spec = Revision.Spec(revision: "0", state: ["#spec": "x"])
            try server.create(Resource<Revision>(name: "0", spec: spec))
            try server.store.modify(Device.self, Device.selfName, part: .status) { $0.status.tryRevision = "0" }
            let refused = try await server.command("MAKE_FACTORY", "locals/x")
            #expect(refused.status == 409)
            #expect(
                refused.body
                    == #"{"Error":"Revision 0 cannot be replaced: it is being tried; run another revision and let it be "#
                    + #"committed first"}"#)
            #expect(trails.kept["0"] == nil)
        }
    }

    @Test
    func `a collection is answered when it is over, and may be asked about before`() async throws {
        try await with { server async throws in
            let none = try await server.request("POST", "/storage/gc")
            #expect(none.body == #"{"Error":"Error running garbage collector"}"#)
            var storage = Resource<Storage>(name: Storage.selfName, spec: Storage.Spec())
            storage.status.free = 1
            storage.status.garbage = Storage.Garbage(revisions: ["2"], objects: 3, bytes: 5_000_000_000)
            try server.create(storage)
            let plan = try await server.request("POST", "/storage/gc?dryRun=All")
            #expect(plan.body == #"{"reclaimed": 5000000000,"objects":3,"revisions":["2"]}"#)
            #expect(server.store.snapshot().get(Storage.self, Storage.selfName)?.spec.collect == nil)
            let collector = Task { try await server.collect(5_000_000_000) }
            let response = try await server.request("POST", "/storage/gc")
            #expect(response.body == #"{"reclaimed": 5000000000}"#)
            #expect(response.status == 200)
            try await collector.value
        }
    }
}

extension LiveServer {
    fileprivate func command(_ operation: String, _ payload: String) async throws -> RawResponse {
        try await request("POST", "/commands", body: #"{"op":"\#(operation)","payload":"\#(payload)"}"#)
    }

    /// What a controller does with new attempts.
    fileprivate func writeDownAttempts() async throws {
        for await _ in try store.changes(WatchOptions(kinds: [Rollout.descriptor.name], from: .initialEvents)) {
            for attempt in store.snapshot().all(Rollout.self) where attempt.status.journaled == nil {
                let record = Rollout.Record(
                    name: attempt.name, spec: attempt.spec, from: nil, progress: .ready)
                try store.modify(Rollout.self, attempt.name, part: .status) { $0.status.journaled = record }
            }
        }
    }

    /// What a controller does when a collection is asked for.
    fileprivate func collect(_ bytes: Int64) async throws {
        for await _ in try store.changes(WatchOptions(kinds: [Storage.descriptor.name], from: .initialEvents)) {
            guard let wish = store.snapshot().get(Storage.self, Storage.selfName)?.spec.collect else { continue }
            var collection = Storage.Collection(cause: wish, freeBefore: 0)
            collection.reclaimed = bytes
            collection.isOver = true
            try store.modify(Storage.self, Storage.selfName, part: .status) { [collection] storage in
                storage.status.handledWish = wish
                storage.status.collection = collection
            }
            return
        }
    }
}
