import Foundation
import JSON
import Testing

@testable import PVControl

struct PlanTests {
    private let sha = String(repeating: "a", count: 64)

    private func plan(_ state: String, _ options: String...) async throws -> CommandLineRun {
        let server = try await DeviceServer()
        let file = FileManager.default.temporaryDirectory.appending(path: "plan-\(UUID().uuidString).json")
        try Data(state.utf8).write(to: file)
        let run = await CommandLineRun.pvcontrol(["plan", file.path()] + options, socket: server.path)
        try FileManager.default.removeItem(at: file)
        await server.stop()
        return run
    }

    private var state: String {
        """
        {"#spec": "pantavisor-service-system@1", "web/lxc.conf": "\(sha)", "web/root.squashfs": "\(sha)",
         "web/run.json": {"#spec": "service-manifest-run@1", "name": "web", "type": "lxc", "config": "lxc.conf",
                          "root-volume": "root.squashfs"}}
        """
    }

    @Test func `a plan says what happens, what it takes and what is in the way`() async throws {
        let run = try await plan(state)
        let text = """
            from 1, groups app
            no reboot
            restart web: web/motd changed
            keep db
            objects: 2, 1 missing
            space: 10 bytes needed beside objects, 9 available
            missing objects:
              cafe
            it does not fit, not even after a garbage collection
            links that break:
              web needs db, which no container offers

            """
        #expect(run == CommandLineRun(code: 2, output: text, errors: ""))
    }

    @Test func `programs get it as JSON`() async throws {
        let run = try await plan(state, "-o", "json")
        #expect(run.code == 2)
        #expect(try JSONValue(parsing: Array(run.output.utf8))["containers"]?.array?.count == 2)
    }

    @Test func `nothing to do is success`() async throws {
        let run = try await plan(##"{"#spec": "pantavisor-service-system@1"}"##)
        #expect(run.code == 0)
        #expect(run.output.hasPrefix("nothing changes: 1 runs the same\n"))
    }

    @Test func `a state that cannot be used is refused with its places`() async throws {
        let run = try await plan(##"{"#spec": "other"}"##)
        #expect(run.code == 1)
        #expect(run.output.contains("spec.state.#spec"))
    }

    @Test(arguments: [("{", "is not JSON"), (nil, "not found")] as [(String?, String)])
    func `what is no state document and no revision is an error`(text: String?, message: String) async throws {
        guard let text else {
            let server = try await DeviceServer()
            let run = await CommandLineRun.pvcontrol(["plan", "locals/none"], socket: server.path)
            await server.stop()
            #expect(run.code == 1)
            return #expect(run.errors.contains(message))
        }
        let run = try await plan(text)
        #expect(run.code == 1)
        #expect(run.errors.contains(message))
    }
}
