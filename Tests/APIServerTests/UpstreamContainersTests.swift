import APIServer
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UpstreamContainersTests {
    @Test
    func `containers are listed byte for byte as upstream does`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web", order: 1) { spec in
                spec.group = "app"
                spec.roles = []
                spec.autoRecovery = AutoRecovery(
                    policy: .onFailure, maxRetries: 3, stableTimeout: 10,
                    backoffPolicy: .pause(seconds: 600, text: "10min"))
            }
            try server.container("os", order: 0, phase: .ready) { spec in
                spec.group = "root"
                spec.statusGoal = .ready
                spec.restartPolicy = .system
            }
            let response = try await server.get("/containers")
            #expect(response.status == 200)
            #expect(response.header("Content-Type") == "application/json")
            #expect(
                response.body == #"[{"name":"os","group":"root","status":"READY","status_goal":"READY","#
                    + #""restart_policy":"system","roles":["mgmt"]},"#
                    + #"{"name":"web","group":"app","status":"STARTED","status_goal":"STARTED","#
                    + #""restart_policy":"container","roles":[],"auto_recovery":{"policy":"on-failure","#
                    + #""max_retries":3,"current_retries":0,"stable_timeout":10,"is_stable":"false","#
                    + #""backoff_policy":"10min"},"user_stopped":"false"}]"#)
        }
    }

    @Test
    func `groups are listed byte for byte as upstream does`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("os")
            try server.create(
                Resource<Group>(
                    name: "app",
                    spec: Group.Spec(
                        order: 1, autoRecovery: AutoRecovery(policy: .always, maxRetries: 2, stableTimeout: 5))))
            try server.create(Resource<Group>(name: "root", spec: Group.Spec(order: 0, restartPolicy: .system)))
            let response = try await server.get("/groups")
            #expect(
                response.body
                    == #"[{"name":"root","status_goal":"STARTED","restart_policy":"system","status":"INSTALLED"},"#
                    + #"{"name":"app","status_goal":"STARTED","restart_policy":"container","status":"INSTALLED","#
                    + #""auto_recovery":{"max_retries":2,"stable_timeout":5,"backoff_policy":"reboot"}}]"#)
        }
    }

    @Test
    func `before a revision is expanded there is nothing to list`() async throws {
        try await LiveServer.with { server async throws in
            let response = try await server.get("/containers")
            #expect(response.status == 500)
            #expect(response.body == #"{"Error":"State not loaded yet"}"#)
        }
    }

    @Test(arguments: [
        ("start", ContainerPhase.started, 200, ""),
        ("stop", .started, 200, ""),
        ("restart", .started, 200, ""),
        ("start", .stopped, 200, ""),
        ("restart", .blocked, 400, "Container state does not allow restart"),
        ("start", .mounted, 400, "Container must be in STOPPED, STOPPING, or RECOVERING state to start"),
        ("jump", .started, 400, "Invalid action. Use 'start', 'stop', or 'restart'"),
    ])
    func `an action is taken or refused as upstream does`(
        action: String, phase: ContainerPhase, status: Int, text: String
    ) async throws {
        try await LiveServer.with { server async throws in
            try server.container("web", phase: phase)
            let response = try await server.request("PUT", "/containers/web", body: #"{"action":"\#(action)"}"#)
            #expect(response.status == status)
            #expect(response.body == (text.isEmpty ? "" : #"{"Error":"\#(text)"}"#))
        }
    }

    @Test
    func `stop and start are what a user writes into the resource`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web", phase: .stopped)
            _ = try await server.request("PUT", "/containers/web", body: #"{"action":"stop"}"#)
            #expect(server.store.snapshot().get(Container.self, "web")?.spec.run == .stopped)
            _ = try await server.request("PUT", "/containers/web", body: #"{"action":"start"}"#)
            let started = server.store.snapshot().get(Container.self, "web")
            #expect(started?.spec.run == .running)
            #expect(started?.metadata.annotations == [Container.restartedAtAnnotation: LiveServer.now.description])
        }
    }

    @Test
    func `two restarts within a second are two restarts`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            _ = try await server.request("PUT", "/containers/web", body: #"{"action":"restart"}"#)
            let first = server.store.snapshot().get(Container.self, "web")?.metadata
            _ = try await server.request("PUT", "/containers/web", body: #"{"action":"restart"}"#)
            let second = server.store.snapshot().get(Container.self, "web")?.metadata
            #expect(first?.annotations != second?.annotations)
        }
    }

    @Test(arguments: [
        ("nobody", #"{"action":"stop"}"#, 404, "Container not found"),
        ("os", #"{"action":"stop"}"#, 403, "Container has restart_policy 'system' and cannot be controlled via API"),
        ("web", "", 400, "No data"),
        ("web", "{", 400, "Invalid JSON"),
        ("web", "{}", 400, "Missing 'action' field"),
    ])
    func `a bad action is refused in upstream's words`(
        name: String, body: String, status: Int, text: String
    ) async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            try server.container("os") { $0.restartPolicy = .system }
            let response = try await server.request("PUT", "/containers/\(name)", body: body)
            #expect(response.status == status)
            #expect(response.body == #"{"Error":"\#(text)"}"#)
        }
    }

    @Test
    func `an action that is too long is refused as upstream does`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let body = #"{"action":"stop""# + String(repeating: " ", count: 2000) + "}"
            let response = try await server.request("PUT", "/containers/web", body: body)
            #expect(response.status == 507)
            #expect(response.body == #"{"Error":"Not enough disk space available"}"#)
            #expect(server.store.snapshot().get(Container.self, "web")?.spec.run == .running)
        }
    }
}
