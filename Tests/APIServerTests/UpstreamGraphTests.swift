import JSON
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UpstreamGraphTests {
    private func manifest(_ name: String, uses services: JSONValue? = nil) -> JSONValue {
        var manifest: JSONObject = [
            "#spec": "service-manifest-run@1", "name": .string(name), "type": "lxc", "config": "c",
            "root-volume": "r.squashfs",
        ]
        manifest["services"] = services
        return .object(manifest)
    }

    private var state: JSONValue {
        let object = JSONValue.string(String(repeating: "a", count: 64))
        let uses: JSONValue = [
            "required": ["raw", ["name": "org.x.Foo", "role": "operator"]],
            "optional": [
                ["name": "raw", "type": "rest", "role": "7", "interface": "i", "target": "/run/t.sock"],
                "nobody-has-it",
            ],
        ]
        return [
            "#spec": "pantavisor-service-system@1", "c1/run.json": manifest("c1", uses: uses), "c1/c": object,
            "c1/r.squashfs": object, "p1/run.json": manifest("p1"), "p1/c": object, "p1/r.squashfs": object,
            "p1/services.json": [
                "#spec": "service-manifest-xconnect@1",
                "services": [
                    ["name": "raw", "type": "unix", "socket": "/run/raw.sock"],
                    ["type": "dbus", "owns": "org.x.Foo"],
                ],
            ],
        ]
    }

    @Test
    func `a link is each use of each offer, with the processes that run`() async throws {
        try await LiveServer.with { server in
            var device = Resource<Device>(name: Device.selfName, spec: Device.Spec())
            device.status.currentRevision = "1"
            try server.create(device)
            try server.create(Resource<Revision>(name: "1", spec: Revision.Spec(revision: "1", state: state)))
            try server.container("p1")
            try server.store.modify(Container.self, "p1", part: .status) { $0.status.pid = 790 }
            let graph = try await server.get("/xconnect-graph")
            #expect(graph.status == 200)
            #expect(
                graph.body == """
                    [{"consumer":"c1","consumer_pid":-1,"provider":"p1","provider_pid":790,"name":"raw","type":"unix",\
                    "role":"any","interface":"unix","target":null,"socket":"/run/raw.sock"},\
                    {"consumer":"c1","consumer_pid":-1,"provider":"_pv_","provider_pid":0,"name":"org.x.Foo",\
                    "type":"dbus","role":"operator","interface":"dbus","target":null,\
                    "socket":"/run/pv/dbus/system_bus_socket","uid":65534},\
                    {"consumer":"c1","consumer_pid":-1,"provider":"p1","provider_pid":790,"name":"raw","type":"unix",\
                    "role":"7","interface":"i","target":"/run/t.sock","socket":"/run/raw.sock"}]
                    """)
        }
    }

    @Test
    func `without a revision there is no graph`() async throws {
        try await LiveServer.with { server in
            let graph = try await server.get("/xconnect-graph")
            #expect(graph.status == 500)
            #expect(graph.body == #"{"Error":"State not loaded yet"}"#)
        }
    }
}
