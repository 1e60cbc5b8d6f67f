import Drivers
import Foundation
import JSON
import Model
import Testing

@testable import LinuxDrivers

/// Files that come from outside.
@Suite(.enabled(if: Sandbox.canRun, Sandbox.skipped)) struct UploadTests {
    /// The SHA-256 of "abc".
    private let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    private func with(_ body: (LinuxBench, LinuxStorage) async throws -> Void) async throws {
        let bench = try LinuxBench()
        try await body(bench, LinuxStorage(layout: bench.layout, threads: Threads()))
        try bench.tearDown()
    }

    @Test func `an object is there when it is published, and nothing else is left`() async throws {
        try await with { bench, storage in
            var upload: Upload? = try await storage.beginObject(size: 3, reserved: 0)
            try await upload?.write(Array("ab".utf8))
            try await upload?.write(Array("c".utf8))
            #expect(try await upload?.finish() == abc)
            #expect(try await storage.objects() == [])
            let written = try #require(upload)
            try await storage.publish(written, as: abc)
            // Somebody removed it meanwhile.
            try await storage.remove(bench.layout.object(abc))
            try await storage.publish(written, as: abc)
            try await storage.publish(written, as: abc)
            #expect(try await storage.objects() == [StoredObject(name: abc, size: 3)])
            #expect(try await storage.check(abc)?.isSound == true)
            #expect(try await storage.check(String(repeating: "0", count: 64)) == nil)
            upload = nil
            _ = consume written
            #expect(Files.names(in: bench.layout.objects) == [abc])
            var pieces: [UInt8] = []
            for try await piece in try #require(try await storage.pieces(of: abc)) { pieces += piece }
            #expect(pieces == Array("abc".utf8))
        }
    }

    @Test func `a damaged object is replaced in every revision that has it`() async throws {
        try await with { bench, storage in
            try bench.addObject(abc, Array("abd".utf8))
            _ = try await storage.checkOut(Trail(revision: "locals/x", files: ["web/a": .object(abc)]))
            #expect(try await storage.check(abc)?.isSound == false)
            let upload = try await storage.beginObject(size: nil, reserved: 0)
            try await upload.write(Array("abc".utf8))
            try await storage.publish(upload, as: abc)
            let file = "\(bench.layout.trail("locals/x"))/web/a"
            #expect(try await storage.read(file, limit: 10) == Array("abc".utf8))
            #expect(Files.names(in: Files.parentDirectory(file)) == ["a"])
        }
    }

    @Test func `what is not published is gone, at the latest with the next runtime`() async throws {
        try await with { bench, storage in
            var upload: Upload? = try await storage.beginState(size: 3, reserved: 0)
            try await upload?.write([1, 2])
            #expect(Files.names(in: bench.layout.trails).count == 1)
            #expect(upload != nil)
            upload = nil
            #expect(Files.names(in: bench.layout.trails) == [])
            for directory in [bench.layout.objects, bench.layout.trails] {
                try Data([1]).write(to: URL(fileURLWithPath: "\(directory)/.upload-1-1"))
            }
            try bench.sandbox.make("\(bench.layout.trails)/.new-local-x/.pvr")
            // One that a power cut met between the two halves of an exchange, and one that it met after it.
            try bench.sandbox.make("\(bench.layout.trails)/.replaced-local-y/.pvr")
            try bench.sandbox.make("\(bench.layout.trails)/.replaced-own-1/.pvr")
            try bench.sandbox.make("\(bench.layout.trails)/1/.pvr")
            try bench.sandbox.make("\(bench.layout.trails)/locals")
            try await storage.clearLeftovers()
            #expect(Files.names(in: bench.layout.objects) == [])
            #expect(Files.names(in: bench.layout.trails) == ["1", "locals"])
            #expect(Files.names(in: "\(bench.layout.trails)/locals") == ["y"])
        }
    }

    @Test func `two uploads do not count on the same space`() async throws {
        try await with { _, storage in
            let capacity = try await storage.capacity()
            let half = capacity.free / 2
            let first = try await storage.beginObject(size: half, reserved: half / 2)
            await #expect(throws: DriverError.self) { try await storage.beginObject(size: half, reserved: half / 2) }
            _ = try await storage.beginObject(size: half / 4, reserved: half / 2)
            #expect(first.size == 0)
            let open = try await storage.beginObject(size: nil, reserved: 0)
            // What must stay free has grown.
            storage.space.keep(capacity.total)
            let error = await #expect(throws: DriverError.self) { try await open.write([1]) }
            #expect(error?.errno == ENOSPC)
        }
    }

    @Test func `a revision that must boot has its files and links from the beginning`() async throws {
        try await with { bench, storage in
            try bench.addObject(abc, Array("abc".utf8))
            var new = NewRevision(revision: "0", state: [123, 125], progress: .ready)
            new.content = Trail(revision: "0", files: ["bsp/kernel.img": .object(abc)])
            new.bootImage = BootImage(revision: "0", kernel: "bsp/kernel.img")
            try await storage.put(new)
            let trail = bench.layout.trail("0")
            #expect(try await storage.read("\(trail)/.pv/pv-kernel.img", limit: 10) == Array("abc".utf8))
            #expect(try await storage.read("\(trail)/bsp/kernel.img", limit: 10) == Array("abc".utf8))
            var broken = new
            broken.content = Trail(revision: "0", files: ["a": .object(String(repeating: "1", count: 64))])
            let refused = broken
            await #expect(throws: DriverError.self) { try await storage.put(refused) }
            #expect(try await storage.read("\(trail)/.pv/pv-kernel.img", limit: 10) == Array("abc".utf8))
            #expect(Files.names(in: bench.layout.trails) == ["0"])
        }
    }
}
