import APIClient
import Foundation
import JSON
import Model
import Testing

@testable import PVControl

struct WritingTests {
    private static let rollouts = "/apis/pantavisor.io/v1/rollouts"

    private func file(_ text: String, named name: String = "doc.json") throws -> String {
        let directory = FileManager.default.temporaryDirectory.appending(path: "pv-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let path = directory.appending(path: name).path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func `documents are applied one by one, and told of as created or changed`() async throws {
        let server = try await TestServer { request in
            request.method == "POST"
                ? .whole(201, #"{"metadata":{"name":"x-1"}}"#) : .whole(200, #"{"metadata":{"name":"self"}}"#)
        }
        let documents = try file(
            """
            [{"apiVersion":"pantavisor.io/v1","kind":"Rollout","metadata":{"generateName":"x-"},"spec":{"action":"Rollback"}},
             {"apiVersion":"pantavisor.io/v1","kind":"UserMeta","metadata":{"name":"self"},"spec":{"data":{"a":"1"}}}]
            """)
        let run = await CommandLineRun.pvcontrol(["apply", "-f", documents, "--force"], socket: server.path)
        #expect(run == CommandLineRun(code: 0, output: "rollout/x-1 created\nusermeta/self configured\n", errors: ""))
        #expect(
            server.requests.map { "\($0.method) \($0.path)" } == [
                "POST \(Self.rollouts)",
                "PATCH /apis/pantavisor.io/v1/usermetas/self?fieldManager=pvcontrol&force=true",
            ])
        #expect(server.requests.last?.headers["content-type"] == "application/apply-patch+yaml")
        try await server.stop()
    }

    @Test func `what is no document is refused before anything is sent`() async throws {
        let server = try await TestServer { _ in .whole(200, "{}") }
        let yaml = try file("kind: Rollout\n", named: "doc.yaml")
        let run = await CommandLineRun.pvcontrol(["apply", "-f", yaml], socket: server.path)
        #expect(run.code == 1)
        #expect(run.errors.hasSuffix("; YAML is for kubectl\n"))
        let wrong = try file(#"{"apiVersion":"v2","kind":"Rollout"}"#)
        #expect(
            await CommandLineRun.pvcontrol(["apply", "-f", wrong], socket: server.path)
                == CommandLineRun(code: 1, output: "", errors: "ERROR: Rollout is in pantavisor.io/v1, not in v2\n"))
        #expect(await CommandLineRun.pvcontrol(["apply"], socket: server.path).code == 2)
        #expect(server.requests.isEmpty)
        try await server.stop()
    }

    @Test func `resources are deleted by name only`() async throws {
        let server = try await TestServer { _ in .whole(200, "{}") }
        let run = await CommandLineRun.pvcontrol(["delete", "rollout/a", "rev/locals.x"], socket: server.path)
        #expect(run == CommandLineRun(code: 0, output: "rollout/a deleted\nrevision/locals.x deleted\n", errors: ""))
        #expect(
            server.requests.map(\.description) == [
                "DELETE \(Self.rollouts)/a", "DELETE /apis/pantavisor.io/v1/revisions/locals.x",
            ])
        #expect(await CommandLineRun.pvcontrol(["delete", "rollouts"], socket: server.path).code == 2)
        try await server.stop()
    }

    @Test func `an editor changes a resource, without what only the server says`() async throws {
        let document = """
            {"apiVersion":"pantavisor.io/v1","kind":"UserMeta",\
            "metadata":{"name":"self","resourceVersion":"7","managedFields":[]},\
            "spec":{"data":{"a":"1"}},"status":{"facts":{}}}
            """
        let server = try await TestServer { _ in .whole(200, document) }
        func edit(_ editor: String) async -> CommandLineRun {
            await CommandLineRun.pvcontrol(
                ["edit", "um/self"], socket: server.path, environment: ["EDITOR": editor, "TMPDIR": "/tmp"])
        }
        #expect(await edit("true") == CommandLineRun(code: 0, output: "usermeta/self unchanged\n", errors: ""))
        #expect(await edit("sed -i s/1/2/") == CommandLineRun(code: 0, output: "usermeta/self edited\n", errors: ""))
        let sent = try #require(server.requests.last)
        #expect(sent.method == "PUT")
        #expect(
            try JSONValue(parsing: Array(sent.body.utf8)) == [
                "apiVersion": "pantavisor.io/v2", "kind": "UserMeta",
                "metadata": ["name": "self", "resourceVersion": "7"], "spec": ["data": ["a": "2"]],
            ])
        #expect(await edit("false").errors == "ERROR: the editor failed; nothing is changed\n")
        try await server.stop()
    }

    @Test(arguments: [(200, "printf '{oops' >", "is not JSON"), (409, "sed -i s/1/2/", "somebody was faster")])
    func `what cannot be used of an edit is kept`(status: Int, editor: String, problem: String) async throws {
        let server = try await TestServer { request in
            request.method == "GET"
                ? .whole(200, #"{"kind":"UserMeta","spec":{"data":{"a":"1"}}}"#)
                : .whole(status, #"{"kind":"Status","message":"somebody was faster","reason":"Conflict"}"#)
        }
        let directory = NSTemporaryDirectory() + "pv-edit-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let run = await CommandLineRun.pvcontrol(
            ["edit", "um/self"], socket: server.path, environment: ["EDITOR": editor, "TMPDIR": directory])
        try await server.stop()
        #expect(run.code == 1)
        #expect(run.errors.contains(problem))
        let kept = try #require(run.errors.split(separator: " ").first { $0.hasPrefix(directory) })
        let file = kept.trimmingCharacters(in: .newlines)
        #expect(try String(contentsOfFile: file, encoding: .utf8).isEmpty == false)
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test func `nothing is left of an edit that was good`() async throws {
        let server = try await TestServer { _ in .whole(200, #"{"kind":"UserMeta","spec":{"data":{"a":"1"}}}"#) }
        let directory = NSTemporaryDirectory() + "pv-edit-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let run = await CommandLineRun.pvcontrol(
            ["edit", "um/self"], socket: server.path,
            environment: ["EDITOR": "sed -i s/1/2/", "TMPDIR": directory])
        try await server.stop()
        #expect(run.code == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test func `a rollout that is not there is not waited for`() async throws {
        let empty = #"{"kind":"RolloutList","metadata":{"resourceVersion":"5"},"items":[]}"#
        let server = try await TestServer { _ in .whole(200, empty) }
        let run = await CommandLineRun.pvcontrol(["rollout", "status", "gone"], socket: server.path)
        #expect(
            run
                == CommandLineRun(
                    code: 1, output: "",
                    errors: "ERROR: there is no rollout gone; 'pvcontrol get rollouts' lists them\n"))
        try await server.stop()
    }

    @Test func `a rollout that goes while it is followed ends the wait`() async throws {
        let rollout =
            #"{"metadata":{"name":"r","resourceVersion":"5"},"status":{"step":"Testing","target":"locals/x"}}"#
        let server = try await TestServer { request in
            request.path.contains("watch=true")
                ? .stream([#"{"type":"DELETED","object":\#(rollout)}"# + "\n"])
                : .whole(200, #"{"kind":"RolloutList","metadata":{"resourceVersion":"5"},"items":[\#(rollout)]}"#)
        }
        let run = await CommandLineRun.pvcontrol(["rollout", "status", "r"], socket: server.path)
        #expect(run.code == 1)
        #expect(run.errors == "ERROR: there is no rollout r any more; 'pvcontrol get rollouts' lists them\n")
        try await server.stop()
    }

    @Test func `a rollout is followed to its end`() async throws {
        func rollout(_ status: String) -> String {
            #"{"metadata":{"name":"r","creationTimestamp":"2026-01-01T00:00:00Z","resourceVersion":"5"},"status":\#(status)}"#
        }
        let testing = rollout(
            #"{"step":"Testing","target":"locals/x","progress":{"phase":"TESTING","message":"Awaiting"}}"#)
        for (outcome, phase, code) in [("Committed", "DONE", Int32(0)), ("RolledBack", "ERROR", 1)] {
            let end = rollout(
                #"{"step":"Finished","target":"locals/x","outcome":"\#(outcome)","progress":{"phase":"\#(phase)","message":"Over"}}"#
            )
            let server = try await TestServer { request in
                request.path.contains("watch=true")
                    ? .stream([testing, end].map { #"{"type":"MODIFIED","object":\#($0)}"# + "\n" })
                    : .whole(200, #"{"kind":"RolloutList","metadata":{"resourceVersion":"5"},"items":[\#(testing)]}"#)
            }
            let run = await CommandLineRun.pvcontrol(["rollout", "status"], socket: server.path)
            #expect(
                run
                    == CommandLineRun(
                        code: code,
                        output: "rollout/r TESTING locals/x Awaiting\nrollout/r \(phase) locals/x Over\n", errors: ""))
            try await server.stop()
        }
    }

    @Test func `revisions are listed with what became of them`() async throws {
        let server = try await TestServer { request in
            request.path == "/steps"
                ? .whole(
                    200,
                    #"[{"name":"1", "date":"2026-02-01T00:00:00Z", "commitmsg":"", "progress":{"status":"DONE","status-msg":"Update finished"}},{"name":"0", "date":"2026-01-01T00:00:00Z", "commitmsg":"first", "progress":{}}]"#
                ) : .whole(200, #"{"status":{"currentRevision":"1","rollbackRevision":"1"}}"#)
        }
        let run = await CommandLineRun.pvcontrol(["rollout", "history"], socket: server.path)
        #expect(
            run.output == """
                REVISION   STATUS   IS                 CHANGED                MESSAGE
                0                                      2026-01-01T00:00:00Z   first
                1          DONE     current,rollback   2026-02-01T00:00:00Z   Update finished

                """)
        try await server.stop()
    }

    @Test func `the way back is a rollout`() async throws {
        let server = try await TestServer { _ in .whole(201, #"{"metadata":{"name":"undo-1"}}"#) }
        let back = await CommandLineRun.pvcontrol(["rollout", "undo"], socket: server.path)
        #expect(back == CommandLineRun(code: 0, output: "rollout/undo-1 created\n", errors: ""))
        _ = await CommandLineRun.pvcontrol(["rollout", "undo", "--to-revision", "locals/x"], socket: server.path)
        let specs = try server.requests.map { try JSONValue(parsing: Array($0.body.utf8))["spec"] }
        #expect(specs == [["action": "Rollback"], ["action": "Run", "revision": "locals/x"]])
        try await server.stop()
    }

    @Test func `an archive is installed, without what the device has`() async throws {
        let (known, new) = (String(repeating: "a", count: 64), String(repeating: "b", count: 64))
        let json = try file("{}", named: "json")
        let directory = (json as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: "\(directory)/objects", withIntermediateDirectories: true)
        for name in [known, new, "README"] {
            try name.write(toFile: "\(directory)/objects/\(name)", atomically: true, encoding: .utf8)
        }
        let archive = "\(directory).tgz"
        #expect(try Program.run(["tar", "-czf", archive, "-C", directory, "json", "objects"]) == 0)
        let server = try await TestServer { request in
            request.path == "/objects" ? .whole(200, #"[{"sha256":"\#(known)","size":"64"}]"#) : .whole(200, "")
        }
        let run = await CommandLineRun.pvcontrol(
            ["-m", "why", "steps", "install", archive, "locals/x"], socket: server.path)
        #expect(run == CommandLineRun(code: 0, output: "{\"revision\":\"locals/x\"}\n", errors: ""))
        #expect(
            server.requests.map { "\($0.method) \($0.path)" } == [
                "GET /objects", "PUT /objects/\(new)", "PUT /steps/locals/x", "PUT /steps/locals/x/commitmsg",
            ])
        let named = await CommandLineRun.pvcontrol(["steps", "install", archive], socket: server.path)
        #expect(named.output.hasPrefix(#"{"revision":"locals/"#))
        #expect(named.output.utf8.count == #"{"revision":"locals/"}"#.utf8.count + 65)
        try await server.stop()
    }

    @Test func `an archive that cannot be sent says so, unlike upstream`() async throws {
        let json = try file("{}", named: "json")
        let directory = (json as NSString).deletingLastPathComponent
        let archive = "\(directory).tgz"
        #expect(try Program.run(["tar", "-czf", archive, "-C", directory, "json"]) == 0)
        let server = try await TestServer { request in
            request.path == "/objects"
                ? .whole(200, "[]") : .whole(507, #"{"Error":"Not enough disk space available"}"#)
        }
        let run = await CommandLineRun.pvcontrol(["steps", "install", archive, "locals/x"], socket: server.path)
        #expect(
            run == CommandLineRun(code: 48, output: "", errors: "{\"Error\":\"Not enough disk space available\"}\n"))
        try await server.stop()
    }
}
