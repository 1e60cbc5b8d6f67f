import APIClient
import Foundation
import Testing

@testable import PVControl

/// An unmodified kubectl through `pvcontrol proxy`.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/kubectl")))
struct KubectlTests {
    static let program = "/usr/bin/kubectl"

    private func kubectl(_ arguments: [String], port: Int, home: String) async throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: Self.program)
        process.arguments = ["-s", "http://127.0.0.1:\(port)", "--cache-dir", home] + arguments
        process.environment = ["HOME": home, "KUBECONFIG": "/dev/null"]
        process.standardOutput = output
        process.standardError = output
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in done.resume() }
            do { try process.run() } catch { done.resume(throwing: error) }
        }
        return String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }

    private func table(_ text: String) -> [[Substring]] {
        text.split(separator: "\n").map { $0.split(separator: " ") }
    }

    @Test func `kubectl sees what pvcontrol sees`() async throws {
        let server = try await DeviceServer()
        let home = FileManager.default.temporaryDirectory.appending(path: "pv-\(UUID().uuidString)").path
        let (ports, arrived) = AsyncStream.makeStream(of: Int.self)
        let serving = Task {
            try await LoopbackProxy(to: .unix(path: server.path)).run(
                address: "127.0.0.1", port: 0, ready: { _ = arrived.yield($0) }, failed: { _ in })
        }
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next())
        for command in [
            "get containers", "get ct,grp -o name", "get ct db -o jsonpath={.status.phase}", "get all -o name",
        ] {
            let words = command.split(separator: " ").map(String.init)
            let ours = await CommandLineRun.pvcontrol(words, socket: server.path)
            let theirs = try await kubectl(words, port: port, home: home)
            // kubectl names the group too, aligns numbers to the left, and ends no jsonpath with a newline.
            let (left, right) = (theirs.replacing(".pantavisor.io/", with: "/"), ours.output)
            #expect(table(left) == table(right), "\(command)")
        }
        serving.cancel()
        _ = await serving.result
        await server.stop()
        try? FileManager.default.removeItem(atPath: home)
    }
}
