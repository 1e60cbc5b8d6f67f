import APIServer
import Foundation
import Glibc
import Model
import NIOCore
import NIOPosix
import SecureTransport
import Store
import Testing

private let containers = "/apis/pantavisor.io/v1/containers"

@Suite(
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl")), .timeLimit(.minutes(2)), .serialized)
struct TLSTests {
    @Test
    func `a peer with an allowed name may do everything, and is known by it`() async throws {
        try await serve { server, certificates, port async throws in
            try server.container("web")
            let list = try await certificates.curl(port, as: "alice", containers)
            #expect(list.contains(#""kind":"ContainerList""#))
            let body = #"{"spec":{"run":"Stopped"}}"#
            _ = try await certificates.curl(
                port, as: "alice", "\(containers)/web", "-X", "PATCH", "-d", body, "-H",
                "Content-Type: application/merge-patch+json")
            #expect(server.store.snapshot().get(Container.self, "web")?.spec.run == .stopped)
            let review = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
            #expect(try await certificates.curl(port, as: "alice", review, "-d", "{}").contains(#""username":"alice""#))
        }
    }

    @Test
    func `large answers and many requests go over one connection`() async throws {
        try await serve { server, certificates, port async throws in
            for number in 0..<200 { try server.container("c\(number)") }
            let url = "https://localhost:\(port)\(containers)"
            let both = try await certificates.curl(port, as: "alice", containers, url)
            let single = try await server.get(containers).body
            #expect(both == single + single)
        }
    }

    @Test(arguments: ["mallory", "twofold"])
    func `a peer with another name is told that it may not`(peer: String) async throws {
        try await serve { server, certificates, port async throws in
            #expect(try await certificates.curl(port, as: peer, containers).contains(#""reason":"Forbidden""#))
            #expect(try await certificates.curl(port, as: peer, "/containers").contains(#"{"Error":"#))
        }
    }

    @Test(arguments: [(nil, "certificate required"), ("stranger", "unknown ca"), ("expired", "certificate expired")])
    func `a peer that cannot show who it is gets nothing`(peer: String?, alert: String) async throws {
        try await serve { server, certificates, port async throws in
            let said = try await certificates.curl(port, as: peer, containers)
            #expect(said.contains(alert), "\(said)")
            #expect(!said.contains("ContainerList"))
        }
    }

    @Test(arguments: [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)])
    func `TLS is spoken from version 1.2 on`(version: String, isSpoken: Bool) async throws {
        try await serve { server, certificates, port async throws in
            let said = try await certificates.run(
                "/usr/bin/openssl",
                [
                    "s_client", "-connect", "127.0.0.1:\(port)", version, "-cipher", "DEFAULT:@SECLEVEL=0", "-CAfile",
                    certificates.path("ours.pem"), "-cert", certificates.path("alice.pem"), "-key",
                    certificates.path("alice.key"),
                ])
            #expect(said.contains("Cipher is (NONE)") != isSpoken, "\(said)")
            #expect(said.contains("alert protocol version") != isSpoken)
        }
    }

    @Test
    func `a watch over TLS tells each change at once`() async throws {
        try await serve { server, certificates, port async throws in
            try server.container("web")
            let change = Task {
                // curl shows when it has the first event: it is asked for until then.
                for number in 0..<400 {
                    try server.store.modify(Container.self, "web", part: .main) {
                        $0.metadata.annotations["n"] = "\(number)"
                    }
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            let said = try await certificates.curl(port, as: "alice", "\(containers)?watch=1&timeoutSeconds=1")
            change.cancel()
            let lines = said.split(separator: "\n")
            #expect(lines.first?.hasPrefix(#"{"type":"ADDED""#) == true)
            #expect(lines.dropFirst().allSatisfy { $0.hasPrefix(#"{"type":"MODIFIED""#) })
            #expect(lines.count > 2)
        }
    }

    @Test(arguments: ["", "GET / HTTP/1.1\r\n\r\n", "\u{16}\u{03}\u{01}\u{00}\u{05}"])
    func `a connection that does not come to terms is closed`(bytes: String) async throws {
        var limits = ServerLimits()
        limits.headTimeout = .milliseconds(300)
        try await serve(limits) { server, certificates, port async throws in
            let channel = try await connect(port)
            try await channel.writeAndFlush(ByteBuffer(string: bytes))
            try await channel.closeFuture.get()
            #expect(try await certificates.curl(port, as: "alice", "/healthz") == "ok")
        }
    }

    @Test
    func `a peer that says nothing more is let go of`() async throws {
        var limits = ServerLimits()
        limits.idleTimeout = .milliseconds(300)
        try await serve(limits) { server, certificates, port async throws in
            let said = try await certificates.run(
                "/bin/bash",
                [
                    "-c",
                    "sleep 5 | openssl s_client -quiet -connect 127.0.0.1:\(port) -cert \(certificates.path("alice.pem"))"
                        + " -key \(certificates.path("alice.key")) -CAfile \(certificates.path("ours.pem")); echo ended",
                ])
            #expect(said.contains("ended"))
            #expect(try await certificates.curl(port, as: "alice", "/healthz") == "ok")
        }
    }

    @Test
    func `peers cannot take all connections`() async throws {
        var limits = ServerLimits()
        limits.connectionsPerContainer = 4
        limits.headTimeout = .seconds(60)
        try await serve(limits) { server, certificates, port async throws in
            var held: [any Channel] = []
            for _ in 0..<4 { held.append(try await connect(port)) }
            // The fifth is closed at once; the socket of the host still answers.
            try await connect(port).closeFuture.get()
            #expect(try await server.get("/healthz").body == "ok")
            for channel in held { try await channel.close() }
        }
    }

    @Test(arguments: [
        ("none.pem", "server.key", "certificate"),
        ("server.pem", "alice.key", "key"),
        ("server.pem", "names", "key"),
    ])
    func `files that are no use are refused with their names`(certificate: String, key: String, what: String) throws {
        let certificates = try Certificates.shared.get()
        let files = TLSFiles(
            certificate: certificates.path(certificate), key: certificates.path(key),
            authorities: certificates.path("ours.pem"))
        let failure = #expect(throws: TLSFailure.self) { try TLSContext(files) }
        #expect(failure?.description.hasPrefix(what) == true, "\(String(describing: failure))")
        #expect(failure?.description.contains(certificates.directory) == true)
    }

    private func connect(_ port: Int) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port).get()
    }

    private func serve(
        _ limits: ServerLimits = ServerLimits(),
        _ body: (LiveServer, Certificates, Int) async throws -> Void
    ) async throws {
        let certificates = try Certificates.shared.get()
        try await LiveServer.with(limits) { server async throws in
            let port = try await server.serve(
                PeerListener(address: "127.0.0.1", port: 0, files: certificates.server, managers: ["alice"]))
            try await body(server, certificates, port)
        }
    }
}
