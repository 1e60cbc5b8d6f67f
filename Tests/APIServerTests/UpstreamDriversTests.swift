import APIServer
import JSON
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UpstreamDriversTests {
    /// A server with modules, and a controller that loads what is wanted but for `broken`.
    private func with(_ body: (LiveServer) async throws -> Void) async throws {
        try await LiveServer.with { server in
            try server.container("web")
            try server.container("other", order: 1) { $0.roles = [.nobody] }
            for (name, needs) in [
                ("wifi", ["web": "REQUIRED", "other": "MANUAL"]), ("gps", ["web": "MANUAL"]),
                ("broken", ["web": "OPTIONAL"]), ("unused", [:]),
            ] {
                let spec = Module.Spec(revision: "1", modules: [name], containers: needs)
                try server.create(Resource<Module>(name: name, spec: spec))
            }
            let controller = Task { try await server.loadModules() }
            defer { controller.cancel() }
            try await body(server)
        }
    }

    @Test
    func `a container sees the drivers it asks for, and loads them`() async throws {
        try await with { server async throws in
            server.callers.become(.container("web"))
            let load = try await server.request("PUT", "/drivers/gps/load")
            #expect(load.status == 200)
            #expect(load.body == "")
            #expect(
                try await server.get("/drivers").body
                    == #"[{"name":"broken","type":"OPTIONAL","status":"UNLOADED"},{"name":"gps","type":"MANUAL","status":"LOADED"},{"name":"wifi","type":"REQUIRED","status":"LOADED"}]"#
            )
            #expect(try await server.request("PUT", "/drivers/gps/unload").status == 200)
            #expect(server.store.snapshot().get(Module.self, "gps")?.spec.load == false)
            #expect(server.store.snapshot().get(Module.self, "unused")?.spec.load == nil)
        }
    }

    @Test
    func `what cannot be loaded and what is not asked for is refused`() async throws {
        try await with { server async throws in
            server.callers.become(.container("web"))
            let all = try await server.request("PUT", "/drivers/load")
            #expect(all.status == 400)
            #expect(all.body == #"{"Error":"Error loading drivers"}"#)
            let one = try await server.request("PUT", "/drivers/broken/load")
            #expect(one.status == 400)
            #expect(one.body == #"{"Error":"Error loading driver"}"#)
            for name in ["unused", "nope"] {
                let missing = try await server.request("PUT", "/drivers/\(name)/load")
                #expect(missing.status == 404)
                #expect(missing.body == #"{"Error":"Driver not found"}"#)
            }
            #expect(try await server.request("PUT", "/drivers/gps/reload").status == 400)
        }
    }

    @Test
    func `the host has no drivers, and may name any`() async throws {
        try await with { server async throws in
            #expect(try await server.get("/drivers").body == "{}")
            #expect(try await server.request("PUT", "/drivers/load").status == 200)
            #expect(try await server.request("PUT", "/drivers/unused/load").status == 200)
            #expect(server.store.snapshot().get(Module.self, "unused")?.status.isLoaded == true)
        }
    }

    @Test
    func `a container without the mgmt role may not ask`() async throws {
        try await with { server async throws in
            server.callers.become(.container("other"))
            #expect(try await server.get("/drivers").body == #"{"Error":"Request not sent from a mgmt platform"}"#)
            #expect(
                try await server.request("PUT", "/drivers/wifi/load").body
                    == #"{"Error":"Request not sent from mgmt platform"}"#)
        }
    }

    @Test
    func `daemons are listed and told what to do`() async throws {
        try await with { server async throws in
            #expect(try await server.get("/daemons").body == "[]")
            var daemon = Resource<Daemon>(name: "hwrngd", spec: Daemon.Spec(command: ["/usr/bin/rngd", "-f"]))
            daemon.status.pid = 42
            try server.create(daemon)
            #expect(try await server.get("/daemons").body == #"[{"name":"hwrngd","pid":42,"respawn":true}]"#)
            #expect(try await server.request("PUT", "/daemons/hwrngd", body: #"{"action":"stop"}"#).status == 200)
            #expect(server.store.snapshot().get(Daemon.self, "hwrngd")?.spec.run == .stopped)
            for (name, body, status, text) in [
                ("nope", "{}", 404, "Daemon not found"), ("hwrngd", "", 400, "No data"),
                ("hwrngd", "{", 400, "Invalid JSON"),
                ("hwrngd", #"{"action":"x"}"#, 400, "Invalid action. Use 'start' or 'stop'"),
            ] {
                let response = try await server.request("PUT", "/daemons/\(name)", body: body)
                #expect(response.status == status)
                #expect(response.body == #"{"Error":"\#(text)"}"#)
            }
        }
    }

    @Test
    func `nothing holds the machine awake`() async throws {
        try await LiveServer.with { server in
            let locks = try JSONValue(parsing: Array(try await server.get("/wakelocks").body.utf8))
            #expect(locks["mode"] == "disabled")
            #expect(locks["held"]?.object?.count == 8)
        }
    }
}

extension LiveServer {
    fileprivate func loadModules() async throws {
        for await _ in try store.changes(WatchOptions(kinds: ["Module"], from: .initialEvents)) {
            let all = store.snapshot().all(Module.self)
            for module in all where module.status.observedGeneration != module.metadata.generation {
                try store.modify(Module.self, module.name, part: .status) { module in
                    let isBroken = module.name == "broken" && module.spec.isWanted
                    module.status.observedGeneration = module.metadata.generation
                    module.status.isLoaded = module.spec.isWanted && !isBroken
                    if isBroken {
                        module.status.conditions.set("Loaded", .no, reason: "Failed", at: LiveServer.now)
                    }
                }
            }
        }
    }
}
