import APIServer
import Foundation
import Model
import Store
import Testing

/// Clients that are shell scripts around curl, as upstream's are (`spec/pv-ctrl-api.md` §7), in the shells of devices.
@Suite(.enabled(if: Shell.hasCurl), .timeLimit(.minutes(2)))
struct ShellClientTests {
    private let object = BlobStub.object("a", bytes: 200_000)

    private func with(room: Int64 = .max, _ body: (LiveServer, Shell) async throws -> Void) async throws {
        for shell in Shell.available {
            let trails = Trails()
            let blobs = BlobStub(room: room)
            try await LiveServer.with(services: { services in
                services.blobs = blobs
                services.revisions = trails
                services.steps = trails
            }) { server in
                try server.container("web", phase: .stopped)
                try server.container("root", order: 1) { $0.restartPolicy = .system }
                try await body(server, Shell(words: shell, socket: server.path))
            }
        }
    }

    @Test
    func `an answer is the last line after the body, and its code the exit code`() async throws {
        try await with { _, shell async throws in
            let start = #"-X PUT -H "Content-Type: application/json" -d '{"action":"start"}'"#
            #expect(try await shell.run("containers/web", start) == Shell.Outcome(0, "", ""))
            let refused = #"{"Error":"Container has restart_policy 'system' and cannot be controlled via API"}"#
            #expect(try await shell.run("containers/root", start) == Shell.Outcome(255, "", refused))
            let missing = #"{"Error":"Container not found"}"#
            #expect(try await shell.run("containers/nope", start) == Shell.Outcome(255, "", missing))
            #expect(try await shell.run("groups", "-X GET") == Shell.Outcome(0, "[]", ""))
            let command = #"-X POST -H "Content-Type: application/json" -d '{"op":"GO_REMOTE","payload":""}'"#
            #expect(try await shell.run("commands", command).code == 255)
        }
    }

    @Test
    func `an object goes up with a length, identity and a question before`() async throws {
        try await with { server, shell async throws in
            let file = try shell.file(object.content)
            let upload = [
                "-X PUT -H 'Content-Type: application/octet-stream' -H 'Transfer-Encoding: identity'",
                "-H 'Content-Length: \(object.content.utf8.count)' -H 'Expect: 100-continue' --upload-file \(file)",
            ].joined(separator: " ")
            #expect(try await shell.run("objects/\(object.name)", upload) == Shell.Outcome(0, "", ""))
            #expect(server.store.snapshot().get(Object.self, object.name)?.spec.size == 200_000)
            let wrong = try await shell.run("objects/" + String(repeating: "b", count: 64), upload)
            #expect(wrong == Shell.Outcome(60, "", #"{"Error":"Object has bad checksum"}"#))
        }
        try await with(room: 1000) { _, shell async throws in
            let file = try shell.file(object.content)
            let full = try await shell.run("objects/\(object.name)", "-X PUT --upload-file \(file)")
            #expect(full == Shell.Outcome(48, "", #"{"Error":"Not enough disk space available"}"#))
        }
    }

    @Test
    func `a step goes up, and its message after it`() async throws {
        try await with { server, shell async throws in
            let file = try shell.file(##"{"#spec":"pantavisor-service-system@1"}"##)
            #expect(try await shell.run("steps/locals/x", "-X PUT --upload-file \(file)") == Shell.Outcome(0, "", ""))
            #expect(
                try await shell.run("steps/locals/x/commitmsg", "-X PUT --data 'a message'") == Shell.Outcome(0, "", "")
            )
            #expect(server.store.snapshot().get(Revision.self, "locals.x")?.spec.commitMessage == "a message")
            #expect(
                try await shell.run("steps/locals/x", "-X GET").output == ##"{"#spec":"pantavisor-service-system@1"}"##)
        }
    }

    @Test
    func `a post without a length is taken`() async throws {
        try await with { _, shell async throws in
            let answer = try await shell.run("storage/gc", "-X POST")
            #expect(answer == Shell.Outcome(255, "", #"{"Error":"Error running garbage collector"}"#))
        }
    }
}

/// A shell with a function that does what upstream's client does.
private struct Shell {
    struct Outcome: Equatable {
        var code: Int32
        var output: String
        var errors: String

        init(_ code: Int32, _ output: String, _ errors: String) {
            self.code = code
            self.output = output
            self.errors = errors
        }
    }

    let words: [String]
    let socket: String
    private let directory = FileManager.default.temporaryDirectory.appending(path: "pv-shell-\(UUID().uuidString)")

    static var hasCurl: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/curl") && !available.isEmpty }
    static var available: [[String]] {
        [["/usr/bin/dash"], ["/usr/bin/busybox", "sh"], ["/bin/bash"]].filter {
            FileManager.default.isExecutableFile(atPath: $0[0])
        }
    }

    func file(_ content: String) throws -> String {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let path = directory.appending(path: "file").path
        try content.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    func run(_ path: String, _ options: String) async throws -> Outcome {
        let script = """
            answer=$(/usr/bin/curl -s -w "\\n%{http_code}" --connect-timeout 5 --max-time 240 \(options) \
            --unix-socket \(socket) http://localhost/\(path))
            code=$(printf '%s\\n' "$answer" | tail -n 1)
            body=$(printf '%s\\n' "$answer" | sed '$d')
            if [ "$code" = 200 ]; then printf '%s' "$body"; exit 0; fi
            printf '%s' "$body" >&2
            [ "$code" = 503 ] && exit 75
            [ "$body" = '{"Error":"Not enough disk space available"}' ] && exit 48
            [ "$body" = '{"Error":"Object has bad checksum"}' ] && exit 60
            exit 255
            """
        let process = Process()
        process.executableURL = URL(filePath: words[0])
        process.arguments = Array(words.dropFirst()) + ["-c", script]
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { process in
                let text = [output, errors].map {
                    String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                }
                continuation.resume(returning: Outcome(process.terminationStatus, text[0], text[1]))
            }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
