import APIServer
import Foundation
import JSON
import Logging
import Model
import Store
import Synchronization

/// The real API server over a store with a small device in it.
final class DeviceServer: Sendable {
    let store: ResourceStore
    let path = "/tmp/pvcontrol-\(UUID().uuidString.prefix(8)).sock"
    private let server: APIServer

    private struct Host: CallerIdentifier {
        func identify(_ descriptor: Int32) -> Caller { .host }
    }

    private struct Lines: LogSource {
        func open(
            container: String, of revision: String, stream: LogStream, tailLines: Int?, follow: Bool
        ) async throws -> any AsyncSequence<[UInt8], any Error> & Sendable {
            let text = "\(container) \(stream.name) \(tailLines.map(String.init) ?? "all") \(follow)\n"
            return AsyncThrowingStream { continuation in
                continuation.yield(Array(text.utf8))
                continuation.finish()
            }
        }
    }

    /// A command that gives its input back in capitals, says its name on standard error, and ends with 5.
    private final class Shout: ExecConversation {
        let output: AsyncStream<ExecChunk>
        private let writer: AsyncStream<ExecChunk>.Continuation

        init(_ command: [String]) {
            (output, writer) = AsyncStream.makeStream()
            writer.yield(.standardError(Array(command.joined(separator: "|").utf8)))
        }

        func write(_ bytes: [UInt8]) async throws {
            guard !bytes.isEmpty else { return writer.finish() }
            writer.yield(.standardOutput(Array(String(decoding: bytes, as: UTF8.self).uppercased().utf8)))
        }

        func resize(columns: Int, rows: Int) {}
        func exitCode() async throws -> Int { 5 }
        func cancel() { writer.finish() }
    }

    /// A move of one container, or none when the state names no container.
    private struct Planner: RevisionPlanner {
        func plan(_ state: JSONValue, in snapshot: Snapshot) -> JSONValue {
            let isChange = state["web/run.json"] != nil
            return [
                "from": "1", "isValid": true, "isChange": .bool(isChange), "groups": ["app"], "rebootReasons": [],
                "containers": [
                    ["name": "db", "effect": "Keep", "reasons": []],
                    ["name": "web", "effect": "Restart", "reasons": ["web/motd changed"]],
                ],
                "objects": ["total": 2, "missing": ["cafe"]], "space": ["needed": 10, "available": 9, "fits": false],
                "brokenLinks": ["web needs db, which no container offers"],
            ]
        }
    }

    private struct Commands: ExecSource {
        func start(
            _ command: [String], terminal: Bool, in container: String
        ) async throws -> any ExecConversation { Shout(command) }
    }

    init() async throws {
        let now = Timestamp(seconds: 1_769_904_120)
        let ids = Mutex(0)
        store = ResourceStore(
            firstVersion: ResourceVersion(100), now: { now },
            uid: {
                ids.withLock { id in
                    id += 1
                    return "uid-\(id)"
                }
            })
        var services = Services(callers: Host(), logs: Lines(), exec: Commands(), version: "1.2.3", now: { now })
        services.planner = Planner()
        server = APIServer(
            store: store, services: services,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try fill()
        try await server.start(at: path)
    }

    func stop() async { await server.stop() }

    func set(_ container: String, _ change: @escaping (inout Resource<Container>) -> Void) throws {
        try store.modify(Container.self, container, part: .status, change)
    }

    private func fill() throws {
        var device = Device.Status()
        device.phase = .converging
        try store.create(AnyResource(Resource<Device>(name: "self", spec: .init(), status: device)))
        var group = Group.Status()
        group.members = 2
        group.membersReached = 1
        group.openedAt = .zero
        try store.create(AnyResource(Resource<Group>(name: "app", spec: .init(order: 0), status: group)))
        for (order, name) in ["web", "db"].enumerated() {
            var status = Container.Status()
            status.phase = name == "web" ? .started : .recovering
            status.goal = name == "web" ? .achieved : .unachieved
            status.lastExit = name == "web" ? nil : .init(code: 3)
            status.restarts = order
            var resource = Resource<Container>(
                name: name, spec: .init(revision: "1", order: order, group: "app"), status: status)
            resource.metadata.labels = ["app": name]
            try store.create(AnyResource(resource))
        }
    }
}
