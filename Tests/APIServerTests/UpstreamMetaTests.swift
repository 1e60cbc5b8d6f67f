import APIServer
import JSON
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UpstreamMetaTests {
    /// A server on a device with metadata, and a controller that keeps what is written.
    private func with(failing: String? = nil, _ body: (LiveServer) async throws -> Void) async throws {
        try await LiveServer.with(services: { $0.measurements = { ["sysinfo": #"{"uptime":7}"#] } }) { server in
            try server.create(Resource<UserMeta>(name: "self", spec: MetaSpec()))
            var device = Resource<DeviceMeta>(name: "self", spec: MetaSpec())
            device.status.facts = ["pantavisor.revision": "3"]
            try server.create(device)
            let controller = Task { try await server.keepMetadata(failing: failing) }
            defer { controller.cancel() }
            try await body(server)
        }
    }

    @Test
    func `what is set is shown, the newest first, documents as documents`() async throws {
        try await with { server async throws in
            for (key, value) in [("a.b", "1"), ("net", #"{"ssid": "x"}"#), ("list", " [1,2]"), ("broken", "{no")] {
                let response = try await server.request("PUT", "/user-meta/\(key)", body: value)
                #expect(response.status == 200)
                #expect(response.body == "")
            }
            #expect(
                try await server.get("/user-meta").body
                    == #"{"broken":"{no","list": [1,2],"net":{"ssid": "x"},"a.b":"1"}"#)
            #expect(try await server.request("PUT", "/user-meta/a.b", body: "two\n\"2\"\\").status == 200)
            #expect(
                try await server.get("/user-meta").body
                    == #"{"broken":"{no","list": [1,2],"net":{"ssid": "x"},"a.b":"two\u000a\u00222\u0022\u005c"}"#)
        }
    }

    @Test
    func `what the device says goes before what somebody set`() async throws {
        try await with { server async throws in
            #expect(try await server.request("PUT", "/device-meta/mine", body: "x").status == 200)
            #expect(try await server.request("PUT", "/device-meta/pantavisor.revision", body: "99").status == 200)
            #expect(
                try await server.get("/device-meta").body
                    == #"{"pantavisor.revision":"3","mine":"x","sysinfo":{"uptime":7}}"#)
            #expect(try await server.get("/user-meta").body == "{}")
        }
    }

    @Test
    func `a key is decoded, and one with a slash stays one key`() async throws {
        try await with { server async throws in
            #expect(try await server.request("PUT", "/user-meta/web%2Fmy%20key", body: "1").status == 200)
            #expect(try await server.get("/user-meta").body == #"{"web/my key":"1"}"#)
            #expect(try await server.request("DELETE", "/user-meta/web%2Fmy%20key").status == 200)
            #expect(try await server.get("/user-meta").body == "{}")
        }
    }

    @Test
    func `what cannot be a key or a value is refused`() async throws {
        try await with { server async throws in
            let cases = [
                ("/user-meta/x", "", 400, "Cannot add or update user meta"),
                ("/device-meta/x", "", 400, "Cannot add or update device meta"),
                ("/user-meta/x", String(repeating: "x", count: 4097), 507, "Not enough disk space available"),
                (
                    "/user-meta/" + String(repeating: "k", count: 241), "x", 400,
                    "Cannot add or update user meta: a key must not be longer than 240 bytes"
                ),
                (
                    "/user-meta/a%0Ab", "x", 400,
                    "Cannot add or update user meta: a key must not hold control characters"
                ),
                ("/user-meta/x/y", "x", 400, "unknown endpoint: /user-meta/x/y"),
            ]
            for (path, value, status, text) in cases {
                let response = try await server.request("PUT", path, body: value)
                #expect(response.status == status)
                #expect(response.body == #"{"Error":"\#(text)"}"#)
            }
            let missing = try await server.request("DELETE", "/user-meta/nope")
            #expect(missing.status == 404)
            #expect(missing.body == #"{"Error":"User meta does not exist"}"#)
            #expect(
                try await server.request("DELETE", "/device-meta/nope").body
                    == #"{"Error":"Device meta does not exist"}"#)
            #expect(try await server.get("/user-meta").body == "{}")
        }
    }

    @Test
    func `what the storage does not take was never said`() async throws {
        try await with(failing: "No space left on device") { server async throws in
            let full = try await server.request("PUT", "/user-meta/a", body: "1")
            #expect(full.status == 507)
            #expect(full.body == #"{"Error":"Not enough disk space available"}"#)
            #expect(try await server.get("/user-meta").body == "{}")
        }
        try await with(failing: "Read-only file system") { server async throws in
            let refused = try await server.request("PUT", "/device-meta/a", body: "1")
            #expect(refused.status == 500)
            #expect(refused.body == #"{"Error":"Cannot add or update device meta"}"#)
        }
    }

    @Test
    func `metadata is a resource, whose keys and values are checked`() async throws {
        try await with { server async throws in
            let path = "/apis/pantavisor.io/v1/usermetas/self"
            let headers = ["Content-Type: application/merge-patch+json"]
            let good = try await server.request("PATCH", path, headers: headers, body: #"{"spec":{"data":{"a":"1"}}}"#)
            #expect(good.status == 200)
            #expect(try await server.get("/user-meta").body == #"{"a":"1"}"#)
            for data in [#"{"":"1"}"#, #"{"b":""}"#, #"{"b":1}"#, #"{"b\n":"1"}"#] {
                let bad = try await server.request(
                    "PATCH", path, headers: headers, body: #"{"spec":{"data":\#(data)}}"#)
                #expect(bad.status == 422, "\(data)")
            }
            let status = try await server.request(
                "PATCH", path, headers: headers, body: #"{"status":{"facts":{"a":"1"}}}"#)
            #expect(status.status == 200)
            #expect(try await server.get("/user-meta").body == #"{"a":"1"}"#)
        }
    }
}

extension LiveServer {
    /// What the controller of metadata does.
    fileprivate func keepMetadata(failing: String?) async throws {
        for await _ in try store.changes(WatchOptions(kinds: ["UserMeta", "DeviceMeta"], from: .initialEvents)) {
            try keep(UserMeta.self, failing)
            try keep(DeviceMeta.self, failing)
        }
    }

    private func keep<K: MetaKind>(_ kind: K.Type, _ failure: String?) throws {
        guard let meta = store.snapshot().get(K.self, K.selfName), meta.spec.data != meta.status.saved else { return }
        try store.modify(K.self, K.selfName, part: .status) { meta in
            if let failure {
                meta.status.conditions.set(
                    Condition.progressing, .no, reason: "SaveMeta", message: failure, at: LiveServer.now)
                return
            }
            meta.status.order.removeAll { meta.spec.data[$0] == nil }
            meta.status.order += meta.spec.data.keys.filter { !meta.status.order.contains($0) }.sorted()
            meta.status.saved = meta.spec.data
        }
    }
}
