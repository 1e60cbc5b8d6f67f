import APIServer
import Model
import Store
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UpstreamStepsTests {
    private let steps = StepStub(
        list: [
            Step(name: "locals/b", date: Timestamp(seconds: 86_400)),
            Step(
                name: "10", date: Timestamp(seconds: 0), commitMessage: "say \"hi\"\n",
                progress: Array(#"{"status":"DONE"}"#.utf8)),
            Step(name: "1", date: Timestamp(seconds: 60), progress: Array(repeating: 32, count: 513)),
        ],
        states: ["1": "{ \"#spec\": \"x\" }", "locals/b": "{}"])

    @Test
    func `steps are listed byte for byte as upstream does, with the true time`() async throws {
        try await LiveServer.with(steps: steps) { server async throws in
            let response = try await server.get("/steps")
            #expect(
                response.body == #"[{"name":"1", "date":"1970-01-01T00:01:00Z", "commitmsg":"", "progress":{}},"#
                    + #"{"name":"10", "date":"1970-01-01T00:00:00Z", "commitmsg":"say \u0022hi\u0022\u000a", "#
                    + #""progress":{"status":"DONE"}},"#
                    + #"{"name":"locals/b", "date":"1970-01-02T00:00:00Z", "commitmsg":"", "progress":{}}]"#)
        }
    }

    @Test
    func `a step is its file, local and current ones too`() async throws {
        try await LiveServer.with(steps: steps) { server async throws in
            var status = Device.Status()
            status.currentRevision = "1"
            try server.create(Resource<Device>(name: "self", spec: Device.Spec(), status: status))
            for path in ["/steps/1", "/steps/current"] {
                let response = try await server.get(path)
                #expect(response.status == 200)
                #expect(response.body == "{ \"#spec\": \"x\" }")
            }
            #expect(try await server.get("/steps/locals/b").body == "{}")
            #expect(try await server.get("/steps/10/progress").body == #"{"status":"DONE"}"#)
        }
    }

    @Test(arguments: [
        "/steps/7", "/steps/locals", "/steps/current", "/steps/..", "/steps/%2e%2e", "/steps/..%2f..%2fetc",
        "/steps/locals/..", "/steps/locals/%2e%2e%2fx", "/steps/7/progress", "/steps/locals/../progress",
    ])
    func `a step that is not there, or lies elsewhere, does not exist`(path: String) async throws {
        try await LiveServer.with(steps: steps) { server async throws in
            let response = try await server.get(path)
            #expect(response.status == 404)
            #expect(response.body == #"{"Error":"Resource does not exist"}"#)
            #expect(steps.asked.withLock { $0.allSatisfy { !$0.contains("..") } })
        }
    }
}

/// Revisions as the test says, and which ones were asked for.
final class StepStub: StepSource {
    private let list: [Step]
    private let states: [String: String]
    let asked = Mutex<[String]>([])

    init(list: [Step], states: [String: String]) {
        self.list = list
        self.states = states
    }

    func steps() async throws -> [Step] { list }

    func state(of revision: String) async throws -> [UInt8]? {
        asked.withLock { $0.append(revision) }
        return states[revision].map { Array($0.utf8) }
    }

    func progress(of revision: String) async throws -> [UInt8]? {
        asked.withLock { $0.append(revision) }
        return list.first { $0.name == revision }?.progress
    }
}
