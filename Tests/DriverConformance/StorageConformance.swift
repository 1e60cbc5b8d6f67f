import Drivers
import JSON
import Model
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
        #expect(try await storage.checkOut(trail) == [StoredObject(name: sha256, size: 1)])
        _ = try await storage.checkOut(trail)
        let document = try await storage.read("\(bench.layout.trail("1"))/web/run.json", limit: 100)
        #expect(document == Array(#"{"a":{"b":1}}"#.utf8))
        #expect(try await storage.read("\(bench.layout.trail("1"))/web/root.squashfs", limit: 100) != nil)
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `objects are listed, and held against their names`(
        _ kind: BenchKind
    ) async throws {
        let bench = try kind.make()
        let storage = try bench.nextRuntime().storage
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        let damaged = String(repeating: "d", count: 64)
        try await bench.addObject(abc, Array("abc".utf8))
        try await bench.addObject(damaged, Array("abc".utf8))
        #expect(Set(try await storage.objects().map(\.name)) == [abc, damaged])
        #expect(try await storage.verify(abc) == true)
        #expect(try await storage.verify(damaged) == false)
        await #expect(throws: DriverError.self) { try await storage.verify(String(repeating: "e", count: 64)) }
        try await storage.remove(bench.layout.object(abc))
        #expect(try await storage.objects().map(\.name) == [damaged])
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available, ["3", "locals/x"]) func `a revision goes with its logs and its data`(
        _ kind: BenchKind, name: String
    ) async throws {
        let bench = try kind.make()
        let storage = try bench.nextRuntime().storage
        let layout = bench.layout
        try await storage.writeDurably([1], to: layout.stateFile(name))
        try await storage.writeDurably([1], to: "\(layout.logs(of: "web", in: name))/console.log")
        let data = "\(layout.perRevision(name, container: "web", volume: "data"))/file"
        try await storage.writeDurably([1], to: data)
        #expect(try await storage.revisions().map(\.revision) == [name])
        try await storage.removeRevision(name)
        try await storage.removeRevision(name)
        #expect(try await storage.revisions() == [])
        #expect(try await storage.read(data, limit: 10) == nil)
        #expect(try await storage.read("\(layout.logs(of: "web", in: name))/console.log", limit: 10) == nil)
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `the storage is measured`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let capacity = try await bench.nextRuntime().storage.capacity()
        #expect(capacity.total > 0)
        #expect((0...capacity.total).contains(capacity.free))
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

    @Test(arguments: BenchKind.available) func `a revision is put there whole, in the place of another`(
        _ kind: BenchKind
    ) async throws {
        let bench = try kind.make()
        let storage = try bench.nextRuntime().storage
        let old = Trail(revision: "locals/x", files: ["web/run.json": .document(["a": 1])])
        try await storage.put(
            NewRevision(revision: "locals/x", state: [123, 125], commitMessage: "one", progress: .ready, content: old))
        try await storage.writeDurably([], to: bench.layout.done("locals/x"))
        let data = "\(bench.layout.storage)/disks/rev/locals/x/web/data"
        try await storage.writeDurably([1], to: data)
        #expect(try await storage.read("\(bench.layout.trail("locals/x"))/web/run.json", limit: 100) != nil)
        try await storage.put(NewRevision(revision: "locals/x", state: [123, 32, 125], progress: .notInstalled))
        let found = try await storage.revisions()
        #expect(found.map(\.revision) == ["locals/x"])
        #expect(found.first?.state == [123, 32, 125])
        #expect(found.first?.isDone == false)
        #expect(found.first?.commitMessage == nil)
        #expect(found.first?.progress == Rollout.Progress.notInstalled.document.compactBytes())
        #expect(try await storage.read("\(bench.layout.trail("locals/x"))/web/run.json", limit: 100) == nil)
        #expect(try await storage.read(data, limit: 100) == nil)
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
