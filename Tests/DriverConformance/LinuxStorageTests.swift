import Drivers
import Foundation
import JSON
import Testing

@testable import LinuxDrivers

/// What only a real filesystem can show.
@Suite(.enabled(if: Sandbox.canRun, Sandbox.skipped)) struct LinuxStorageTests {
    private let sha256 = String(repeating: "a", count: 64)

    @Test func `an object is a hard link, and a stranger in its place is replaced`() async throws {
        let bench = try LinuxBench()
        let storage = try bench.nextRuntime().storage
        try bench.addObject(sha256, [7])
        let file = "\(bench.layout.trail("1"))/web/root.squashfs"
        try bench.sandbox.make(Files.parentDirectory(file))
        try Data([8]).write(to: URL(fileURLWithPath: file))
        _ = try await storage.checkOut(Trail(revision: "1", files: ["web/root.squashfs": .object(sha256)]))
        #expect(inode(file) == inode(bench.layout.object(sha256)))
        try bench.tearDown()
    }

    @Test(arguments: ["../evil", "web/../../evil", "/evil", "web//evil"])
    func `a revision cannot name a file outside itself`(_ path: String) async throws {
        let bench = try LinuxBench()
        let storage = try bench.nextRuntime().storage
        await #expect(throws: DriverError.self) {
            _ = try await storage.checkOut(Trail(revision: "1", files: [path: .document([:])]))
        }
        #expect(!Files.exists("\(bench.layout.trails)/evil"))
        try bench.tearDown()
    }

    @Test func `a link in a revision is not followed`() async throws {
        let bench = try LinuxBench()
        let storage = try bench.nextRuntime().storage
        let outside = "\(bench.sandbox.directory)/outside"
        try bench.sandbox.make(outside)
        try bench.sandbox.make(bench.layout.trail("1"))
        try FileManager.default.createSymbolicLink(
            atPath: "\(bench.layout.trail("1"))/web", withDestinationPath: outside)
        await #expect(throws: DriverError.self) {
            _ = try await storage.checkOut(Trail(revision: "1", files: ["web/run.json": .document([:])]))
        }
        #expect(Files.names(in: outside) == [])
        try bench.tearDown()
    }

    private func inode(_ path: String) -> UInt64 {
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(status.st_ino) : 0
    }
}
