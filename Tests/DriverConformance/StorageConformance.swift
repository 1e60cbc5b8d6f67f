import Drivers
import JSON
import Testing

/// What every storage and journal driver does.
@Suite struct StorageConformance {
    @Test(arguments: BenchKind.available) func `a file is written, replaced and removed`(_ kind: BenchKind) async throws
    {
        let bench = try kind.make()
        let storage = try bench.nextRuntime().storage
        let path = "\(bench.layout.storage)/note"
        #expect(try await storage.read(path, limit: 10) == nil)
        try await storage.writeDurably([1, 2, 3], to: path)
        try await storage.writeDurably([4, 5], to: path)
        #expect(try await storage.read(path, limit: 2) == [4, 5])
        let error = await #expect(throws: DriverError.self) { try await storage.read(path, limit: 1) }
        #expect(error?.errno == 27)
        try await storage.remove(path)
        try await storage.remove(path)
        #expect(try await storage.read(path, limit: 10) == nil)
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `a revision is checked out`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let storage = try bench.nextRuntime().storage
        let sha256 = String(repeating: "a", count: 64)
        try await bench.addObject(sha256, [7])
        let trail = Trail(
            revision: "1", files: ["web/root.squashfs": .object(sha256), "web/run.json": .document(["a": ["b": 1]])])
        try await storage.checkOut(trail)
        try await storage.checkOut(trail)
        let document = try await storage.read("\(bench.layout.trail("1"))/web/run.json", limit: 100)
        #expect(document == Array(#"{"a":{"b":1}}"#.utf8))
        #expect(try await storage.read("\(bench.layout.trail("1"))/web/root.squashfs", limit: 100) != nil)
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `a missing object is named`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let storage = try bench.nextRuntime().storage
        let missing = String(repeating: "b", count: 64)
        try await bench.addObject(String(repeating: "a", count: 64), [7])
        let error = await #expect(throws: DriverError.self) {
            try await storage.checkOut(Trail(revision: "1", files: ["web/root.squashfs": .object(missing)]))
        }
        #expect(error?.detail.contains(missing) == true)
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `the journal outlives a runtime`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        try await bench.nextRuntime().journal.write(["retries": 2], as: "container.web")
        let journal = try bench.nextRuntime().journal
        #expect(try await journal.record("container.web") == ["retries": 2])
        try await journal.remove("container.web")
        try await journal.remove("container.web")
        #expect(try await journal.record("container.web") == nil)
        try bench.tearDown()
    }
}
