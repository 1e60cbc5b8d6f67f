import APIServer
import JSON
import Testing

private let authorization = "/apis/authorization.k8s.io/v1"

@Suite(.timeLimit(.minutes(1)))
struct ReviewTests {
    @Test(arguments: [
        ("get", "pantavisor.io", "containers", "", true), ("delete", "pantavisor.io", "revisions", "", true),
        ("create", "pantavisor.io", "containers", "", false), ("get", "pantavisor.io", "containers", "log", true),
        ("delete", "", "pods", "", false), ("get", "", "secrets", "", false), ("create", "", "pods", "exec", true),
    ])
    func `what a caller may do is what discovery says`(
        verb: String, group: String, resource: String, subresource: String, isAllowed: Bool
    ) async throws {
        try await LiveServer.with { server async throws in
            let attributes: JSONValue = [
                "verb": .string(verb), "group": .string(group), "resource": .string(resource),
                "subresource": .string(subresource),
            ]
            let review: JSONValue = [
                "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
                "spec": ["resourceAttributes": attributes],
            ]
            let body = String(decoding: review.compactBytes(), as: UTF8.self)
            let response = try await server.post("\(authorization)/selfsubjectaccessreviews", body)
            #expect(response.status == 201)
            #expect(response.json["status"]?["allowed"] == .bool(isAllowed))
            #expect(response.json["spec"] == ["resourceAttributes": attributes])
        }
    }

    /// `kubectl auth can-i get containers.pantavisor.io/nginx --subresource=log`, as kubectl 1.32 sends it.
    private static let question =
        "6b3873000a320a17617574686f72697a6174696f6e2e6b38732e696f2f7631121753656c665375626a65637441636365737352657669"
        + "657712570a100a0012001a0022002a0032003800420012390a370a0764656661756c7412036765741a0d70616e74617669736f722e"
        + "696f22002a0a636f6e7461696e65727332036c6f673a056e67696e781a08080012001a0020001a002200"

    @Test
    func `a question in protobuf is understood`() async throws {
        try await LiveServer.with { server async throws in
            let response = try await ask(server, bytes(Self.question))
            #expect(response.status == 201)
            #expect(response.json["status"] == ["allowed": true])
            #expect(
                response.json["spec"]?["resourceAttributes"] == [
                    "namespace": "default", "verb": "get", "group": "pantavisor.io", "resource": "containers",
                    "subresource": "log", "name": "nginx",
                ])
        }
    }

    @Test
    func `protobuf that is cut or is none is refused`() async throws {
        try await LiveServer.with { server async throws in
            let whole = bytes(Self.question)
            for length in [0, 3, 4, 6, 40, 60, 100] {
                #expect([201, 400].contains(try await ask(server, Array(whole.prefix(length))).status), "\(length)")
            }
            #expect(try await ask(server, Array(whole.prefix(60))).status == 400)
            #expect(try await ask(server, [0x6B, 0x38, 0x73, 0] + Array(repeating: 0xFF, count: 32)).status == 400)
        }
    }

    @Test
    func `a caller is told who it is, and all its rules`() async throws {
        try await LiveServer.with { server async throws in
            let who = try await server.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}").json
            #expect(who["status"]?["userInfo"] == ["username": "host", "groups": ["pantavisor:mgmt"]])
            let rules = try await server.post(
                "\(authorization)/selfsubjectrulesreviews", #"{"spec":{"namespace":"default"}}"#)
            let all = rules.json["status"]?["resourceRules"]?.array ?? []
            #expect(all.contains { $0["resources"] == ["revisions"] && $0["verbs"]?.array?.contains("create") == true })
        }
    }

    private func ask(_ server: LiveServer, _ body: [UInt8]) async throws -> RawResponse {
        let client = try await server.connect()
        let head =
            "POST \(authorization)/selfsubjectaccessreviews HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + "Content-Type: application/vnd.kubernetes.protobuf\r\nContent-Length: \(body.count)\r\n\r\n"
        try await client.send(head)
        await client.sendRegardless(body)
        return RawResponse(await client.receiveAll())
    }

    private func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0 }
    }
}
