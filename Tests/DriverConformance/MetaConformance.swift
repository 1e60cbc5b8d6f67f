import Drivers
import Foundation
import Testing

/// What every driver of metadata does.
@Suite struct MetaConformance {
    @Test(arguments: BenchKind.available) func `values are kept by key, and forgotten`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        var meta = try bench.nextRuntime().meta
        #expect(try await meta.saved("user-meta") == [:])
        try await meta.save("1", for: "a", of: "user-meta")
        try await meta.save("two", for: "web/b", of: "user-meta")
        try await meta.save("2", for: "a", of: "user-meta")
        try await meta.save("x", for: "..", of: "user-meta")
        meta = try bench.nextRuntime().meta
        #expect(try await meta.saved("user-meta") == ["a": "2", "web/b": "two", "..": "x"])
        try await meta.save(nil, for: "web/b", of: "user-meta")
        try await meta.save(nil, for: "web/b", of: "user-meta")
        #expect(try await meta.saved("user-meta") == ["a": "2", "..": "x"])
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `a directory shows what it is told, and goes`(_ kind: BenchKind)
        async throws
    {
        let bench = try kind.make()
        let meta = try bench.nextRuntime().meta
        try await meta.show(["a": "1", "b": "2"], in: "user-meta.web")
        try await meta.show(["a": "1", "c": "3"], in: "user-meta.web")
        try await meta.show(nil, in: "user-meta.gone")
        try await meta.show(nil, in: "user-meta.web")
        try bench.tearDown()
    }
}

/// What only files have.
@Suite(.enabled(if: Sandbox.canRun)) struct MetaFileTests {
    @Test func `a file is another one only when its value is`() async throws {
        let bench = try LinuxBench()
        let meta = try bench.nextRuntime().meta
        let directory = "\(bench.layout.run)/user-meta"
        try await meta.show(["a": "1", "b": "2"], in: "user-meta")
        let before = try inode("\(directory)/a")
        try await meta.show(["a": "1", "b": "3"], in: "user-meta")
        #expect(try inode("\(directory)/a") == before)
        #expect(try String(contentsOfFile: "\(directory)/b", encoding: .utf8) == "3")
        try await meta.show([:], in: "user-meta")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])
        try bench.tearDown()
    }

    @Test func `what is no value of ours is left alone`() async throws {
        let bench = try LinuxBench()
        let directory = "\(bench.layout.storage)/cache/meta"
        try FileManager.default.createDirectory(atPath: "\(directory)/sub", withIntermediateDirectories: true)
        try Data([0xFF]).write(to: URL(filePath: "\(directory)/binary"))
        try Data(repeating: 65, count: 4097).write(to: URL(filePath: "\(directory)/long"))
        try Data("x".utf8).write(to: URL(filePath: "\(directory)/.a.new"))
        try FileManager.default.createSymbolicLink(atPath: "\(directory)/link", withDestinationPath: "/etc/passwd")
        try Data("1".utf8).write(to: URL(filePath: "\(directory)/good"))
        #expect(try await bench.nextRuntime().meta.saved("user-meta") == ["good": "1"])
        try bench.tearDown()
    }

    private func inode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
    }
}
