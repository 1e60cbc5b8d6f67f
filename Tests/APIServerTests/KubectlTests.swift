import APIServer
import Foundation
import Glibc
import Model
import Store
import Testing

/// An unmodified kubectl against the server, where there is one.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: Kubectl.path)), .timeLimit(.minutes(4)))
struct KubectlTests {
    @Test
    func `kubectl reads, patches, labels and applies`() async throws {
        let (descriptor, port) = try Loopback.listen()
        let server = try await LiveServer(inheriting: descriptor)
        try server.container("web")
        let kubectl = try Kubectl(port: port)

        let table = try await kubectl.run("get", "containers")
        #expect(
            table.split(separator: "\n").first?.split(separator: " ").map(String.init) == [
                "NAME", "READY", "STATUS", "GROUP", "GOAL", "RESTARTS", "AGE",
            ])
        #expect(try await kubectl.run("get", "ct", "-o", "name") == "container.pantavisor.io/web\n")
        #expect(try await kubectl.run("label", "ct/web", "tier=front") == "container.pantavisor.io/web labeled\n")
        #expect(try await kubectl.run("get", "ct", "-l", "tier=front", "-o", "name") == "container.pantavisor.io/web\n")
        let patch = #"{"spec":{"run":"Stopped"}}"#
        #expect(
            try await kubectl.run("patch", "ct/web", "--type=merge", "-p", patch)
                == "container.pantavisor.io/web patched\n")
        #expect(server.store.snapshot().get(Container.self, "web")?.spec.run == .stopped)

        let file = kubectl.directory + "/web.json"
        let document = try await kubectl.run("get", "ct/web", "-o", "json")
        try document.replacingOccurrences(of: #""run": "Stopped""#, with: #""run": "Running""#)
            .write(toFile: file, atomically: false, encoding: .utf8)
        #expect(try await kubectl.run("replace", "-f", file) == "container.pantavisor.io/web replaced\n")
        #expect(server.store.snapshot().get(Container.self, "web")?.spec.run == .running)
        #expect(
            try await kubectl.run("wait", "--for=jsonpath={.spec.run}=Running", "ct/web", "--timeout=30s")
                == "container.pantavisor.io/web condition met\n")
        #expect(try await kubectl.run("describe", "ct/web").contains("Events:"))
        await server.stop()
    }

    @Test
    func `kubectl is told why it may not`() async throws {
        let (descriptor, port) = try Loopback.listen()
        let server = try await LiveServer(inheriting: descriptor)
        try server.container("web")
        let kubectl = try Kubectl(port: port)
        #expect(
            try await kubectl.run("get", "ct/nope")
                == "Error from server (NotFound): containers.pantavisor.io \"nope\" not found\n")
        #expect(try await kubectl.run("delete", "ct/web").hasPrefix("Error from server (MethodNotAllowed)"))
        #expect(
            try await kubectl.run("patch", "ct/web", "--type=merge", "-p", #"{"spec":{"group":"x"}}"#)
                .contains("spec.group cannot be changed"))
        await server.stop()
    }
}

/// One kubectl with a cache of its own.
struct Kubectl {
    static let path = "/usr/bin/kubectl"

    let directory: String
    private let port: UInt16

    init(port: UInt16) throws {
        self.port = port
        directory = NSTemporaryDirectory() + "kubectl-\(port)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    /// What it prints, errors too.
    func run(_ arguments: String...) async throws -> String {
        let output = directory + "/output"
        _ = FileManager.default.createFile(atPath: output, contents: nil)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Kubectl.path)
        process.arguments = ["-s", "http://127.0.0.1:\(port)", "--cache-dir", directory + "/cache"] + arguments
        process.environment = ["KUBECONFIG": "/dev/null", "HOME": directory, "PATH": "/usr/bin:/bin"]
        let file = try #require(FileHandle(forWritingAtPath: output))
        process.standardOutput = file
        process.standardError = file
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in done.resume() }
            do { try process.run() } catch { done.resume(throwing: error) }
        }
        return try String(contentsOfFile: output, encoding: .utf8)
    }
}

/// A TCP socket on the loopback interface, as an init system would hand one over.
enum Loopback {
    static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
            }
        }
        guard result, Glibc.listen(descriptor, 16) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}
