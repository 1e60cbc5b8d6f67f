import APIServer
import JSON
import Model
import Store
import Testing

private let containers = "/apis/pantavisor.io/v1/containers"

@Suite(.timeLimit(.minutes(1)))
struct KubeWatchTests {
    @Test
    func `a watch without a version begins with what is there`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let watch = try await WatchClient(server, "\(containers)?watch=true")
            #expect(try await watch.next() == Seen("ADDED", "web"))
            try server.store.modify(Container.self, "web", part: .status) { $0.status.phase = .ready }
            #expect(try await watch.next() == Seen("MODIFIED", "web"))
            try server.store.delete(ResourceKey("Container", "web"))
            #expect(try await watch.next() == Seen("DELETED", "web"))
        }
    }

    @Test
    func `a watch from a list's version misses nothing and repeats nothing`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("old")
            let list = try JSONValue(parsing: try await server.get(containers).body)
            let version = list["metadata"]?["resourceVersion"]?.string ?? ""
            try server.container("between")
            let watch = try await WatchClient(server, "\(containers)?watch=true&resourceVersion=\(version)")
            try server.container("after")
            #expect(try await watch.next() == Seen("ADDED", "between"))
            #expect(try await watch.next() == Seen("ADDED", "after"))
        }
    }

    @Test
    func `a deletion carries its own version`() async throws {
        try await LiveServer.with { server async throws in
            let created = try server.container("web")
            let watch = try await WatchClient(server, "\(containers)?watch=true")
            _ = try await watch.next()
            try server.store.delete(created.key)
            let event = try await watch.nextDocument()
            let version = event["object"]?["metadata"]?["resourceVersion"]?.string
            #expect(version == server.store.snapshot().version.description)
        }
    }

    @Test
    func `a version that is too old is an error event`() async throws {
        try await LiveServer.with(historyLimit: 2) { server async throws in
            for name in ["a", "b", "c", "d"] { try server.container(name) }
            let response = try await server.get("\(containers)?watch=true&resourceVersion=1001")
            #expect(response.status == 200)
            let event = try JSONValue(parsing: response.body)
            #expect(event["type"] == "ERROR")
            #expect(event["object"]?["reason"] == "Expired")
            #expect(event["object"]?["code"] == 410)
        }
    }

    @Test
    func `a version that was never given out must be listed anew`() async throws {
        try await LiveServer.with { server async throws in
            let response = try await server.get("\(containers)?watch=true&resourceVersion=999999")
            #expect(try JSONValue(parsing: response.body)["object"]?["code"] == 410)
        }
    }

    @Test
    func `what begins or ceases to match a selector is added or deleted`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web", phase: .starting)
            let watch = try await WatchClient(server, "\(containers)?watch=true&fieldSelector=status.phase%3DREADY")
            try server.store.modify(Container.self, "web", part: .status) { $0.status.phase = .ready }
            #expect(try await watch.next() == Seen("ADDED", "web"))
            try server.store.modify(Container.self, "web", part: .status) { $0.status.phase = .stopped }
            #expect(try await watch.next() == Seen("DELETED", "web"))
        }
    }

    @Test
    func `initial events end with a marked bookmark`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let watch = try await WatchClient(
                server,
                "\(containers)?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
            )
            #expect(try await watch.next() == Seen("ADDED", "web"))
            #expect(
                try await watch.nextDocument() == [
                    "type": "BOOKMARK",
                    "object": [
                        "kind": "Container", "apiVersion": "pantavisor.io/v1",
                        "metadata": [
                            "resourceVersion": .string(server.store.snapshot().version.description),
                            "creationTimestamp": nil, "annotations": ["k8s.io/initial-events-end": "true"],
                        ],
                    ],
                ])
        }
    }

    @Test
    func `initial events that cannot be promised are refused`() async throws {
        try await LiveServer.with { server async throws in
            #expect(try await server.get("\(containers)?watch=true&sendInitialEvents=true").status == 422)
        }
    }

    @Test
    func `a quiet watch is told of the version now and then`() async throws {
        var limits = ServerLimits()
        limits.bookmarkInterval = .milliseconds(5)
        try await LiveServer.with(limits) { server async throws in
            let watch = try await WatchClient(
                server, "\(containers)?watch=true&allowWatchBookmarks=true&resourceVersion=1000")
            try server.create(Resource<Group>(name: "app", spec: Group.Spec(order: 0)))
            let version = server.store.snapshot().version.description
            var seen: String?
            while seen != version {
                let event = try await watch.nextDocument()
                #expect(event["type"] == "BOOKMARK")
                seen = event["object"]?["metadata"]?["resourceVersion"]?.string
            }
        }
    }

    @Test
    func `a table's columns come with its first event only`() async throws {
        try await LiveServer.with { server async throws in
            for name in ["a", "b"] { try server.container(name) }
            let watch = try await WatchClient(
                server, "\(containers)?watch=true", accept: "application/json;as=Table;v=v1")
            let first = try await watch.nextDocument()
            #expect(first["object"]?["kind"] == "Table")
            #expect(first["object"]?["columnDefinitions"]?.array?.count == 9)
            #expect(first["object"]?["rows"]?.array?.first?["cells"]?.array?.first == "a")
            #expect(try await watch.nextDocument()["object"]?["columnDefinitions"] == [])
        }
    }

    @Test
    func `a watch ends cleanly when its time is over, and the connection goes on`() async throws {
        try await LiveServer.with { server async throws in
            let client = try await server.connect()
            try await client.send(
                "GET \(containers)?watch=1&timeoutSeconds=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(await client.receive(through: "\r\n0\r\n\r\n").contains("Transfer-Encoding: chunked"))
            try await client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(await client.receiveResponse().body == "ok")
        }
    }
}

/// One event of a watch: what happened to whom.
struct Seen: Equatable {
    let type: String
    let name: String

    init(_ type: String, _ name: String) {
        self.type = type
        self.name = name
    }
}

/// A watch on a connection of its own, read event by event.
struct WatchClient {
    let client: RawClient

    init(_ server: LiveServer, _ target: String, accept: String = "application/json") async throws {
        client = try await server.connect()
        // Without chunks each event is a line and nothing else.
        try await client.send(
            "GET \(target) HTTP/1.1\r\nHost: localhost\r\nAccept: \(accept)\r\nConnection: close\r\n\r\n")
        _ = await client.receive(through: "\r\n\r\n")
    }

    func nextDocument() async throws -> JSONValue {
        try JSONValue(parsing: await client.receive(through: "\n"))
    }

    func next() async throws -> Seen {
        let event = try await nextDocument()
        let name = event["object"]?["metadata"]?["name"]?.string ?? ""
        return Seen(event["type"]?.string ?? "", name)
    }
}
