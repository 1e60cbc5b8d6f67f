import APIServer
import JSON
import Model
import Store
import Testing

private let web = "/apis/pantavisor.io/v1/containers/web"

@Suite(.timeLimit(.minutes(1)))
struct KubeValidationTests {
    @Test(arguments: [("Strict", 422, 0), ("Warn", 200, 1), ("Ignore", 200, 0)])
    func `a field nobody knows is refused, told of, or let pass`(mode: String, status: Int, warnings: Int) async throws
    {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let body = #"{"spec":{"run":"Stopped","autoRecovery":{"maxTries":1}}}"#
            let response = try await server.patch("\(web)?fieldValidation=\(mode)", .merge, body)
            #expect(response.status == status)
            let field = "spec.autoRecovery.maxTries"
            if status == 422 {
                #expect(response.causes == [#"\#(field): strict decoding error: unknown field "\#(field)""#])
            }
            #expect(response.warnings == Array(repeating: #"299 - "unknown field \"\#(field)\"""#, count: warnings))
            let run = server.store.snapshot().get(Container.self, "web")?.spec.run
            #expect(run == (status == 200 ? .stopped : .running))
        }
    }

    @Test(arguments: [("Strict", 400, 0), ("Warn", 200, 1), ("Ignore", 200, 0)])
    func `a field that comes twice is refused, told of, or the last one counts`(
        mode: String, status: Int, warnings: Int
    ) async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let body = #"{"spec":{"run":"Running","run":"Stopped"}}"#
            let response = try await server.patch("\(web)?fieldValidation=\(mode)", .merge, body)
            #expect(response.status == status)
            if status == 400 { #expect(response.body.contains(#"duplicate field \"spec.run\""#)) }
            #expect(response.warnings == Array(repeating: #"299 - "duplicate field \"spec.run\"""#, count: warnings))
            let run = server.store.snapshot().get(Container.self, "web")?.spec.run
            #expect(run == (status == 200 ? .stopped : .running))
        }
    }

    @Test
    func `values of the wrong type are told with what was found and what is allowed`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let body = """
                {"apiVersion":"v1","metadata":{"labels":{"a":1},"finalizers":"x"},
                 "spec":{"run":"Fast","order":"first","roles":["mgmt","king"],"autoRecovery":[1],"exports":[7]}}
                """
            let response = try await server.patch(web, .merge, body)
            #expect(response.status == 422)
            #expect(
                response.causes.sorted() == [
                    #"apiVersion: must be "pantavisor.io/v1", not the string "v1""#,
                    "metadata.finalizers: must be a list, not the string \"x\"",
                    "metadata.labels[a]: must be a string, not the number 1",
                    "spec.autoRecovery: must be an object, not a list",
                    "spec.exports[0]: must be a string, not the number 7",
                    #"spec.order: must be a whole number, not the string "first""#,
                    #"spec.roles[1]: Unsupported value: the string "king": supported values: "mgmt", "nobody""#,
                    #"spec.run: Unsupported value: the string "Fast": supported values: "Running", "Stopped""#,
                ])
        }
    }

    @Test
    func `annotations have room for 256 KiB`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let text = String(repeating: "x", count: 256 * 1024)
            let response = try await server.patch(web, .merge, #"{"metadata":{"annotations":{"a":"\#(text)"}}}"#)
            #expect(response.causes == ["metadata.annotations: Too long: must have at most 262144 bytes"])
        }
    }

    @Test(arguments: ["fieldValidation=Maybe", "dryRun=Some"])
    func `options that mean nothing are refused`(option: String) async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            #expect(try await server.patch("\(web)?\(option)", .merge, "{}").status == 400)
        }
    }

    @Test
    func `an operator may store its own members in a status in vain, but not ours`() async throws {
        try await LiveServer.with { server async throws in
            let before = try server.container("web")
            let own = #"{"status":{"kopf":{"progress":{"a":1}}}}"#
            let response = try await server.patch("\(web)/status", .merge, own)
            #expect(response.status == 200)
            #expect(response.warnings == [#"299 - "unknown field \"status.kopf\"""#])
            #expect(try await server.patch("\(web)/status?fieldValidation=Strict", .merge, own).status == 422)
            let refused = try await server.patch("\(web)/status", .merge, #"{"status":{"phase":"READY"}}"#)
            #expect(refused.status == 403)
            #expect(server.store.snapshot()[before.key] == before)
        }
    }
}
