import APIServer
import JSON
import Model
import Store
import Testing

private let web = "/apis/pantavisor.io/v1/containers/web"
private let merge = "application/merge-patch+json"
private let jsonPatch = "application/json-patch+json"
private let apply = "application/apply-patch+yaml"

@Suite(.timeLimit(.minutes(1)))
struct KubeWritingTests {
    @Test(arguments: [
        (merge, #"{"spec":{"run":"Stopped"}}"#),
        (jsonPatch, #"[{"op":"replace","path":"/spec/run","value":"Stopped"}]"#),
        (
            apply,
            #"{"apiVersion":"pantavisor.io/v1","kind":"Container","metadata":{"name":"web"},"spec":{"run":"Stopped"}}"#
        ),
    ])
    func `a user may stop a container, whatever the kind of patch`(type: String, body: String) async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let response = try await patch(server, type, body)
            #expect(response.status == 200)
            let document = try JSONValue(parsing: response.body)
            #expect(document["spec"]?["run"] == "Stopped")
            #expect(document["metadata"]?["generation"] == 2)
            #expect(server.store.snapshot().get(Container.self, "web")?.spec.run == .stopped)
        }
    }

    @Test
    func `labels and annotations are a user's, and null takes them away`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            _ = try await patch(server, merge, #"{"metadata":{"labels":{"a":"1","b":"2"},"annotations":{"x":"y"}}}"#)
            _ = try await patch(server, merge, #"{"metadata":{"labels":{"a":null}}}"#)
            let metadata = server.store.snapshot().get(Container.self, "web")?.metadata
            #expect(metadata?.labels == ["b": "2"])
            #expect(metadata?.annotations == ["x": "y"])
            #expect(metadata?.generation == 1)
        }
    }

    @Test(arguments: [
        (#"{"spec":{"group":"root"}}"#, "spec.group"),
        (#"{"spec":{"autoRecovery":{"policy":"always"}}}"#, "spec.autoRecovery.policy"),
        (#"{"metadata":{"finalizers":[]}}"#, ""),
        (#"{"spec":{"autoRecovery":{"backoffFactor":1}}}"#, ""),
        (#"{"metadata":{"finalizers":["pantavisor.io/stop"]}}"#, "metadata.finalizers"),
        (#"{"metadata":{"labels":{"pantavisor.io/revision":"1"}}}"#, "metadata.labels.pantavisor.io/revision"),
        (#"{"spec":{"group":"root","order":9}}"#, "spec.order, spec.group"),
    ])
    func `what comes from the revision cannot be changed`(body: String, field: String) async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let response = try await patch(server, merge, body)
            if field.isEmpty {
                #expect(response.status == 200)
            } else {
                let status = try JSONValue(parsing: response.body)
                #expect(status["reason"] == "Forbidden")
                #expect(
                    status["message"]?.string
                        == "containers.pantavisor.io \"web\" is forbidden: \(field) cannot be changed: a user may only "
                        + "change spec.run, metadata.labels, metadata.annotations, metadata.finalizers")
                #expect(
                    status["details"]?["causes"]?.array?.map { $0["field"]?.string ?? "" }.joined(separator: ", ")
                        == field)
                #expect(response.status == 403)
            }
        }
    }

    @Test
    func `a status in the body is ignored, and cannot be written by itself`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let body = #"{"status":{"phase":"READY"}}"#
            #expect(try await patch(server, merge, body).status == 200)
            #expect(server.store.snapshot().get(Container.self, "web")?.status.phase == .started)
            let response = try await server.request(
                "PATCH", "\(web)/status", headers: ["Content-Type: \(merge)"], body: body)
            #expect(response.status == 403)
            #expect(try await server.get("\(web)/status").status == 200)
        }
    }

    @Test
    func `a value that cannot be is invalid, and the field is named`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let response = try await patch(server, merge, #"{"spec":{"run":"Fast"}}"#)
            #expect(response.status == 422)
            let status = try JSONValue(parsing: response.body)
            #expect(status["reason"] == "Invalid")
            #expect(status["details"]?["causes"]?.array?.first?["field"] == "spec.run")
        }
    }

    @Test
    func `a strategic merge patch is not supported, in the words kubectl explains`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let response = try await patch(server, "application/strategic-merge-patch+json", "{}")
            #expect(response.status == 415)
            #expect(response.body.contains("accepted media types include: application/json-patch+json"))
        }
    }

    @Test(arguments: [
        (
            #"[{"op":"test","path":"/spec/group","value":"app"},{"op":"replace","path":"/spec/run","value":"Stopped"}]"#,
            200
        ),
        (
            #"[{"op":"test","path":"/spec/group","value":"x"},{"op":"replace","path":"/spec/run","value":"Stopped"}]"#,
            422
        ),
        (#"[{"op":"remove","path":"/spec/nothing"}]"#, 422),
        (#"[{"op":"add","path":"/metadata/labels","value":{"a":"b"}}]"#, 200),
        (#"[{"op":"add","path":"/metadata/labels/a","value":"b"}]"#, 422),
        (#"[{"op":"move","from":"/spec/group","path":"/spec/other"}]"#, 422),
        (#"[{"op":"jump"}]"#, 422),
        (#"{"op":"add"}"#, 422),
        (#"not json"#, 400),
    ])
    func `a JSON patch is taken whole or not at all`(body: String, status: Int) async throws {
        try await LiveServer.with { server async throws in
            let before = try server.container("web")
            #expect(try await patch(server, jsonPatch, body).status == status)
            let after = server.store.snapshot()[before.key]
            #expect((after == before) == (status != 200))
        }
    }

    @Test
    func `a write from a stale version is a conflict`() async throws {
        try await LiveServer.with { server async throws in
            let stale = try server.container("web").metadata.resourceVersion
            _ = try await patch(server, merge, #"{"spec":{"run":"Stopped"}}"#)
            let response = try await patch(
                server, merge, #"{"metadata":{"resourceVersion":"\#(stale)"},"spec":{"run":"Running"}}"#)
            #expect(response.status == 409)
            #expect(try JSONValue(parsing: response.body)["reason"] == "Conflict")
        }
    }

    @Test
    func `a dry run shows the result and keeps everything`() async throws {
        try await LiveServer.with { server async throws in
            let before = try server.container("web")
            let response = try await server.request(
                "PATCH", "\(web)?dryRun=All", headers: ["Content-Type: \(merge)"], body: #"{"spec":{"run":"Stopped"}}"#)
            #expect(try JSONValue(parsing: response.body)["spec"]?["run"] == "Stopped")
            #expect(server.store.snapshot()[before.key] == before)
        }
    }

    @Test
    func `a whole document can be put back, changed where a user may`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let document = try await server.get(web).body
            let changed = document.replacing(#""run":"Running""#, with: #""run":"Stopped""#)
            #expect(try await put(server, changed).status == 200)
            #expect(server.store.snapshot().get(Container.self, "web")?.spec.run == .stopped)
            #expect(try await put(server, changed).status == 409)
            let other = document.replacing(#""group":"app""#, with: #""group":"root""#)
            #expect(try await put(server, other).status == 409)
            #expect(try await put(server, "[1]").status == 400)
        }
    }

    @Test
    func `derived kinds are neither created nor deleted, and the answer says why`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let deleted = try await server.request("DELETE", web, body: #"{"propagationPolicy":"Background"}"#)
            #expect(deleted.status == 405)
            #expect(deleted.body.contains("set its spec.run to Stopped"))
            let created = try await server.request("POST", "/apis/pantavisor.io/v1/containers", body: "{}")
            #expect(created.status == 405)
        }
    }

    @Test
    func `what is not there cannot be patched`() async throws {
        try await LiveServer.with { server async throws in
            #expect(try await patch(server, merge, "{}").status == 404)
        }
    }

    private func patch(_ server: LiveServer, _ type: String, _ body: String) async throws -> RawResponse {
        try await server.request(
            "PATCH", "\(web)?fieldManager=test", headers: ["Content-Type: \(type)"], body: body)
    }

    private func put(_ server: LiveServer, _ body: String) async throws -> RawResponse {
        try await server.request("PUT", web, headers: ["Content-Type: application/json"], body: body)
    }
}

extension String {
    fileprivate func replacing(_ old: String, with new: String) -> String {
        var parts = [""]
        var rest = Substring(self)
        while !rest.isEmpty {
            if rest.hasPrefix(old) {
                parts.append(new)
                rest = rest.dropFirst(old.count)
            } else {
                parts.append(String(rest.removeFirst()))
            }
        }
        return parts.joined()
    }
}
