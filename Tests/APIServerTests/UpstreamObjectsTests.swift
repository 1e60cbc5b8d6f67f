import APIServer
import Glibc
import Model
import Store
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UpstreamObjectsTests {
    private let a = BlobStub.object("a")
    private let b = BlobStub.object("b")

    private func with(_ blobs: BlobStub, _ body: (LiveServer) async throws -> Void) async throws {
        try await LiveServer.with(services: { $0.blobs = blobs }, body)
    }

    @Test
    func `objects are listed by name, their sizes as text`() async throws {
        try await with(BlobStub()) { server async throws in
            #expect(try await server.get("/objects").body == "[]")
            for (name, size) in [(b.name, 7), (a.name, 1 << 40)] as [(String, Int64)] {
                try server.create(.stored(name, size: size))
            }
            #expect(
                try await server.get("/objects").body
                    == #"[{"sha256":"\#(a.name)","size":"1099511627776"},{"sha256":"\#(b.name)","size":"7"}]"#)
        }
    }

    @Test
    func `an object is on the disk and a resource before it is answered`() async throws {
        let blobs = BlobStub()
        try await with(blobs) { server async throws in
            let response = try await server.request("PUT", "/objects/\(a.name)", body: a.content)
            #expect(response.status == 200)
            #expect(response.body == "")
            #expect(blobs[a.name] == a.content)
            let object = server.store.snapshot().get(Object.self, a.name)
            #expect(object?.spec == Object.Spec(size: 100, uploads: 0))
            #expect(object?.status.uploadedAt == Instant(milliseconds: 60_000))
            #expect(object?.metadata.finalizers == [Object.removeFinalizer])
        }
    }

    @Test(arguments: [
        // pvcontrol sends both.
        "Content-Length: 100\r\nTransfer-Encoding: identity\r\n\r\n\(BlobStub.object("a").content)",
        "Transfer-Encoding: chunked\r\n\r\n40\r\n\(BlobStub.object("a").name)\r\n24\r\n\(String(repeating: "-", count: 36))\r\n0\r\n\r\n",
        "Content-Length: 100\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n\(BlobStub.object("a").content)",
    ])
    func `a body is taken however it is framed`(rest: String) async throws {
        let blobs = BlobStub()
        try await with(blobs) { server async throws in
            for version in ["HTTP/1.1\r\nHost: localhost", "HTTP/1.0"] {
                let client = try await server.connect()
                try await client.send("PUT /objects/\(a.name) \(version)\r\n\(rest)")
                #expect(await client.receiveResponse().status == 200)
                #expect(blobs[a.name] == a.content)
            }
        }
    }

    @Test
    func `a client that asks first is told to go on, or not`() async throws {
        let blobs = BlobStub(room: 100)
        try await with(blobs) { server async throws in
            let client = try await server.connect()
            let head = "PUT /objects/\(a.name) HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            try await client.send("\(head)Content-Length: 100\r\n\r\n")
            #expect(await client.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send(a.content)
            #expect(await client.receiveResponse().status == 200)
            try await client.send("\(head.replacing(a.name, with: b.name))Content-Length: 101\r\n\r\n")
            let refused = RawResponse(await client.receiveAll())
            #expect(refused.status == 507)
            #expect(refused.body == #"{"Error":"Not enough disk space available"}"#)
            #expect(blobs[b.name] == nil)
        }
    }

    @Test
    func `what does not fit is refused once, its body read to the end`() async throws {
        let blobs = BlobStub(room: 1000)
        try await with(blobs) { server async throws in
            let client = try await server.connect()
            let large = BlobStub.object("a", bytes: 1 << 20)
            try await client.send("PUT /objects/\(large.name) HTTP/1.1\r\nContent-Length: \(1 << 20)\r\n\r\n")
            try await client.send(large.content)
            let response = await client.receiveResponse()
            #expect(response.status == 507)
            #expect(response.header("Connection") == nil)
            // The same connection goes on; without a length the limit is found on the way.
            try await client.send("PUT /objects/\(large.name) HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<4 { try await client.send("200\r\n\(String(repeating: "-", count: 512))\r\n") }
            try await client.send("0\r\n\r\n")
            #expect(await client.receiveResponse().status == 507)
            #expect(blobs.state.withLock { $0.files.isEmpty && $0.open == 0 })
        }
    }

    @Test
    func `a body that is not what its name says is dropped`() async throws {
        let blobs = BlobStub()
        try await with(blobs) { server async throws in
            let response = try await server.request("PUT", "/objects/\(a.name)", body: b.content)
            #expect(response.status == 422)
            #expect(response.body == #"{"Error":"Object has bad checksum"}"#)
            #expect(blobs.state.withLock { $0.files.isEmpty && $0.open == 0 })
            #expect(server.store.snapshot().all(Object.self).isEmpty)
        }
    }

    @Test(arguments: ["short", String(repeating: "A", count: 64), "..%2f" + String(repeating: "a", count: 61)])
    func `a name that no object has is refused`(name: String) async throws {
        try await with(BlobStub()) { server async throws in
            for method in ["GET", "PUT"] {
                let response = try await server.request(method, "/objects/\(name)", body: "x")
                #expect(response.status == 400)
                #expect(response.body == #"{"Error":"Request has bad object name"}"#)
            }
        }
    }

    @Test
    func `what is there and sound is let pass, what is damaged is replaced`() async throws {
        let blobs = BlobStub([a.name: a.content, b.name: "damaged"])
        try await with(blobs) { server async throws in
            for name in [a.name, b.name] { try server.create(.stored(name, size: 100)) }
            #expect(try await server.request("PUT", "/objects/\(a.name)", body: "anything").status == 200)
            #expect(blobs[a.name] == a.content)
            #expect(try await server.request("PUT", "/objects/\(b.name)", body: b.content).status == 200)
            #expect(blobs[b.name] == b.content)
            let snapshot = server.store.snapshot()
            #expect(snapshot.get(Object.self, a.name)?.spec.uploads == 0)
            #expect(snapshot.get(Object.self, b.name)?.spec.uploads == 1)
            #expect(snapshot.get(Object.self, a.name)?.status.uploadedAt != nil)
        }
    }

    @Test
    func `what is being removed is put there again once it is gone`() async throws {
        let blobs = BlobStub()
        try await with(blobs) { server async throws in
            var going = Resource<Object>.stored(a.name, size: 100)
            try server.create(going)
            try server.store.delete(going.key)
            let upload = Task { try await server.request("PUT", "/objects/\(a.name)", body: a.content) }
            await blobs.waitUntil { $0.asked.count == 1 }
            going = try #require(server.store.snapshot().get(Object.self, a.name))
            going.metadata.finalizers = []
            try server.store.update(AnyResource(going), part: .main, expecting: .none)
            #expect(try await upload.value.status == 200)
            #expect(blobs[a.name] == a.content)
            #expect(server.store.snapshot().get(Object.self, a.name)?.metadata.isBeingDeleted == false)
        }
    }

    @Test
    func `two uploads of one object both succeed`() async throws {
        let blobs = BlobStub()
        try await with(blobs) { server async throws in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await server.request("PUT", "/objects/\(a.name)", body: a.content).status }
                }
                for try await status in group { #expect(status == 200) }
            }
            #expect(blobs[a.name] == a.content)
        }
    }

    @Test
    func `an upload whose client leaves is dropped`() async throws {
        let blobs = BlobStub()
        try await with(blobs) { server async throws in
            let client = try await server.connect()
            try await client.send("PUT /objects/\(a.name) HTTP/1.1\r\nContent-Length: 100\r\n\r\n\(a.name)")
            await blobs.waitUntil { $0.open == 1 }
            try await client.close()
            await blobs.waitUntil { $0.open == 0 }
            #expect(blobs.state.withLock { $0.files.isEmpty })
        }
    }

    @Test
    func `a slow disk makes the client wait`() async throws {
        let door = AsyncStream.makeStream(of: Void.self)
        let waits = Mutex(Optional(door.stream))
        let blobs = BlobStub { _ in
            guard let stream = waits.withLock({ $0.take() }) else { return }
            for await _ in stream {}
        }
        try await with(blobs) { server async throws in
            let large = BlobStub.object("a", bytes: 8 << 20)
            let client = try PushyClient(server.path)
            client.push("PUT /objects/\(large.name) HTTP/1.1\r\nContent-Length: \(8 << 20)\r\n\r\n")
            let content = Array(large.content.utf8)
            let sent = client.push(content)
            #expect(sent < 3 << 20, "\(sent) bytes were taken while the disk took none")
            door.continuation.finish()
            var rest = content[sent...]
            while !rest.isEmpty { rest = rest.dropFirst(client.push(Array(rest))) }
            #expect(RawResponse(client.receive()).status == 200)
            #expect(blobs[large.name] == large.content)
        }
    }

    @Test
    func `an object is sent in chunks, and to the end of the connection in HTTP 1.0`() async throws {
        try await with(BlobStub([a.name: a.content])) { server async throws in
            let response = try await server.get("/objects/\(a.name)")
            #expect(response.header("Content-Type") == "application/octet-stream")
            #expect(response.header("Transfer-Encoding") == "chunked")
            #expect(response.header("Content-Length") == nil)
            #expect(response.body == a.content)
            let old = try await server.connect()
            try await old.send("GET /objects/\(a.name) HTTP/1.0\r\n\r\n")
            let raw = RawResponse(await old.receiveAll())
            #expect(raw.header("Transfer-Encoding") == nil)
            #expect(raw.body == a.content)
            let missing = try await server.get("/objects/\(b.name)")
            #expect(missing.status == 400)
            #expect(missing.body == #"{"Error":"Request has bad object name"}"#)
        }
    }
}

extension BlobStub {
    /// Gives way until it is so; the time limit of the suite is the only other end.
    func waitUntil(_ isSo: @Sendable (State) -> Bool) async {
        while !state.withLock({ isSo($0) }) { await Task.yield() }
    }
}

/// Sends as much as the server takes, and no more.
final class PushyClient {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw SocketFailure.system(call: "connect", path: path, errno: errno) }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close(descriptor) }

    @discardableResult func push(_ text: String) -> Int { push(Array(text.utf8)) }

    /// Returns how many bytes went before nothing was taken for a while.
    func push(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                sent += count
                continue
            }
            var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard errno == EAGAIN, poll(&request, 1, 300) == 1 else { break }
        }
        return sent
    }

    /// What comes first.
    func receive() -> String {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&request, 1, 30_000)
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}
