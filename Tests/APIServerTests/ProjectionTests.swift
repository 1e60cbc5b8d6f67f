import APIServer
import JSON
import Model
import Store
import Testing

private let core = "/api/v1/namespaces/default"
private let apps = "/apis/apps/v1/namespaces/default"
private let table = "Accept: application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

/// Two containers that take what the test says.
private struct FixedUsage: UsageSource {
    func usage() async throws -> Usage {
        Usage(
            window: .milliseconds(1500),
            containers: ["web": .init(processor: 120, memory: 3 << 20), "gone": .init(processor: 1, memory: 1)],
            device: .init(processor: 300, memory: 64 << 20))
    }
}

@Suite(.timeLimit(.minutes(1)))
struct ProjectionTests {
    @Test(arguments: [
        (ContainerPhase.starting, false, "Pending", "STARTING"), (.ready, true, "Running", ""),
        (.recovering, false, "Running", "CrashLoopBackOff"), (.stopped, false, "Succeeded", ""),
    ])
    func `a container is a pod`(phase: ContainerPhase, isReady: Bool, pod: String, waiting: String) async throws {
        try await LiveServer.with { server async throws in
            try server.container("web", phase: phase)
            try server.store.modify(Container.self, "web", part: .status) {
                $0.status.goal = isReady ? .achieved : .unachieved
                $0.status.restarts = 2
            }
            let document = try await server.get("\(core)/pods/web").json
            #expect(document["kind"] == "Pod")
            #expect(document["metadata"]?["namespace"] == "default")
            #expect(document["metadata"]?["labels"]?["app"] == "web")
            #expect(document["spec"]?["nodeName"] == "self")
            #expect(document["status"]?["phase"]?.string == pod)
            let state = document["status"]?["containerStatuses"]?.array?.first
            #expect(state?["restartCount"] == 2)
            #expect(state?["state"]?["waiting"]?["reason"]?.string ?? "" == waiting)
            let conditions = document["status"]?["conditions"]?.array ?? []
            for type in ["Ready", "ContainersReady"] {
                #expect(conditions.first { $0["type"]?.string == type }?["status"] == (isReady ? "True" : "False"))
            }
        }
    }

    @Test
    func `pods are listed as a table, selected by what they show, and watched`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("db", phase: .stopped)
            try server.container("web")
            let rows = try await server.get("\(core)/pods?limit=500", table).json["rows"]?.array ?? []
            #expect(
                rows.map { $0["cells"]?.array?.prefix(3) } == [["db", "0/1", "Succeeded"], ["web", "0/1", "Running"]])
            for selector in [
                "labelSelector=app%3Dweb", "fieldSelector=metadata.name%3Dweb",
                "fieldSelector=spec.nodeName%3Dself,status.phase!%3DSucceeded",
            ] {
                let list = try await server.get("/api/v1/pods?\(selector)").json
                #expect(list["kind"] == "PodList")
                #expect(list["items"]?.array?.map { $0["metadata"]?["name"] } == ["web"], "\(selector)")
            }
            let client = try await server.connect()
            try await client.send(
                "GET /api/v1/pods?watch=1&fieldSelector=status.phase%3DRunning HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(await client.receive(through: "}\n").contains(#"{"type":"ADDED","object":{"kind":"Pod""#))
            try server.store.modify(Container.self, "web", part: .status) { $0.status.phase = .stopped }
            #expect(await client.receive(through: "}\n").contains(#"{"type":"DELETED","object":{"kind":"Pod""#))
        }
    }

    @Test(arguments: [
        ("POST", "\(core)/pods"), ("PATCH", "\(core)/pods/web"), ("DELETE", "\(core)/pods/web"),
        ("PUT", "\(apps)/deployments/device"),
    ])
    func `a view is only read, and says what to change instead`(method: String, path: String) async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let response = try await server.request(method, path, body: "{}")
            #expect(response.status == 405)
            #expect(response.body.contains("instead"))
        }
    }

    @Test
    func `the device is a node and a deployment, its revisions are replica sets`() async throws {
        try await LiveServer.with { server async throws in
            let device = try device(server, current: "1", desired: "locals/x")
            for name in ["1", "locals/x"] {
                let spec = Revision.Spec(revision: name, state: [:], commitMessage: "about \(name)")
                try server.create(Resource<Revision>(name: Revision.resourceName(of: name), spec: spec))
            }
            let node = try await server.get("/api/v1/nodes/self").json
            #expect(node["status"]?["conditions"]?.array?.first?["status"] == "True")
            #expect(node["metadata"]?["namespace"] == nil)
            let deployment = try await server.get("\(apps)/deployments/device").json
            #expect(deployment["status"]?["updatedReplicas"] == 0)
            #expect(deployment["metadata"]?["annotations"]?["deployment.kubernetes.io/revision"] == "2")
            #expect(deployment["status"]?["observedGeneration"] == deployment["metadata"]?["generation"])
            let sets = try await server.get("\(apps)/replicasets?labelSelector=app%3Ddevice").json["items"]?.array ?? []
            #expect(
                sets.map { $0["metadata"]?["annotations"]?["kubernetes.io/change-cause"] } == [
                    "about 1", "about locals/x",
                ])
            #expect(sets.allSatisfy { $0["metadata"]?["ownerReferences"]?.array?.first?["uid"]?.string == device.uid })
            #expect(sets.map { $0["spec"]?["replicas"] } == [1, 0])
            #expect(sets.last?["spec"]?["template"] == deployment["spec"]?["template"])
        }
    }

    @Test
    func `a rollout that failed is told of as one that took too long`() async throws {
        try await LiveServer.with { server async throws in
            try device(server, current: "1", desired: "2")
            try server.create(Resource<Rollout>(name: "r", spec: Rollout.Spec(revision: "2")))
            let client = try await server.connect()
            try await client.send("GET \(apps)/deployments?watch=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            for _ in 0..<2 { #expect(await client.receive(through: "}\n").contains("ReplicaSetUpdated")) }
            try server.store.modify(Rollout.self, "r", part: .status) {
                $0.status.target = "2"
                $0.status.step = .finished
                $0.status.outcome = .rolledBack
            }
            let told = await client.receive(through: "}\n")
            #expect(told.contains(#"{"type":"MODIFIED","object":{"kind":"Deployment""#))
            #expect(told.contains("ProgressDeadlineExceeded"))
            #expect(told.contains(#""resourceVersion":"\#(server.store.snapshot().version)""#))
        }
    }

    @Test
    func `what containers take is measured when it is asked for`() async throws {
        try await LiveServer.with(usage: FixedUsage()) { server async throws in
            try server.container("web")
            try device(server, current: "1")
            let metrics = "/apis/metrics.k8s.io/v1beta1"
            let pods = try await server.get("\(metrics)/namespaces/default/pods").json
            #expect(pods["kind"] == "PodMetricsList")
            #expect(pods["items"]?.array?.count == 1)
            let web = pods["items"]?.array?.first
            #expect(web?["containers"] == [["name": "web", "usage": ["cpu": "120m", "memory": "3072Ki"]]])
            #expect(web?["window"] == "1500ms")
            #expect(
                try await server.get("\(metrics)/nodes/self").json["usage"] == ["cpu": "300m", "memory": "65536Ki"])
            #expect(try await server.get("\(metrics)/namespaces/default/pods/other").status == 404)
        }
        try await LiveServer.with { server async throws in
            #expect(try await server.get("/apis/metrics.k8s.io/v1beta1/nodes").status == 503)
        }
    }

    @discardableResult
    private func device(_ server: LiveServer, current: String, desired: String? = nil) throws -> AnyResource {
        var device = Resource<Device>(name: Device.selfName, spec: Device.Spec(desiredRevision: desired))
        device.status.currentRevision = current
        device.status.phase = .ready
        return try server.store.create(AnyResource(device))
    }
}
