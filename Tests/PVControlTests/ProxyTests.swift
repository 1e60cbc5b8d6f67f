import APIClient
import Synchronization
import Testing

@testable import PVControl

struct ProxyTests {
    @Test func `a loopback port is the control socket`() async throws {
        let server = try await TestServer { .whole(200, "you asked for \($0.path)") }
        let (ports, arrived) = AsyncStream.makeStream(of: Int.self)
        let proxy = LoopbackProxy(to: .unix(path: server.path))
        let serving = Task {
            try await proxy.run(address: "127.0.0.1", port: 0, ready: { _ = arrived.yield($0) }, failed: { _ in })
        }
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next())
        let client = APIClient(.tcp(host: "127.0.0.1", port: port))
        for path in ["/a", "/b"] {
            let response = try await client.send(APIRequest(.get, path))
            #expect(response.text == "you asked for \(path)")
        }
        serving.cancel()
        _ = await serving.result
        await #expect(throws: ClientError.refused(.tcp(host: "127.0.0.1", port: port))) {
            try await client.send(APIRequest(.get, "/c"))
        }
        try await server.stop()
    }

    @Test func `a control socket that is gone is reported, and the port goes on`() async throws {
        let (ports, arrived) = AsyncStream.makeStream(of: Int.self)
        let errors = Mutex<[ClientError]>([])
        let serving = Task {
            try await LoopbackProxy(to: .unix(path: "/nowhere")).run(
                address: "127.0.0.1", port: 0, ready: { _ = arrived.yield($0) },
                failed: { error in errors.withLock { $0.append(error) } })
        }
        var iterator = ports.makeAsyncIterator()
        let client = APIClient(.tcp(host: "127.0.0.1", port: try #require(await iterator.next())))
        for _ in 0..<2 {
            await #expect(throws: ClientError.closed(client.endpoint)) { try await client.send(APIRequest(.put, "/")) }
        }
        serving.cancel()
        _ = await serving.result
        #expect(errors.withLock { $0 } == [.notFound(.unix(path: "/nowhere")), .notFound(.unix(path: "/nowhere"))])
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.1.2.3", true), ("localhost", true), ("::1", true), ("0.0.0.0", false),
        ("192.168.1.2", false), ("127.0.0.1.evil.example", false), ("127.0.0.999", false), ("::", false), ("", false),
    ])
    func `only loopback addresses are served`(address: String, isAllowed: Bool) {
        #expect(LoopbackProxy.isLoopback(address) == isAllowed)
    }

    @Test func `other addresses are a usage error`() async {
        let run = await CommandLineRun.pvcontrol(["proxy", "--address", "0.0.0.0"])
        #expect(run.code == 2)
        #expect(run.errors.hasPrefix("ERROR: '0.0.0.0' is not a loopback address"))
    }
}
