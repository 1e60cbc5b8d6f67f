import Drivers
import Foundation
import Testing

@testable import LinuxDrivers

/// What only real mounts can show.
@Suite(.serialized, .enabled(if: Sandbox.canRun, Sandbox.skipped), .timeLimit(.minutes(1)))
struct LinuxMountTests {
    let bench: LinuxBench
    let mounts = LinuxMounts(threads: Threads(limit: 8))

    init() throws { bench = try LinuxBench() }

    private func target(_ volume: String) -> String { bench.layout.mountPoint(container: "web", volume: volume) }

    @Test func `images that are mounted at once do not take each other's loop device`() async throws {
        let request = MountRequest.image(file: try bench.image(), filesystem: "squashfs")
        let targets = (0..<12).map { target("v\($0)") }
        let devices = try await withThrowingTaskGroup(of: String?.self) { group in
            for target in targets {
                group.addTask { try await mounts.mount(request, at: target).loopDevice }
            }
            return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(devices.count == targets.count)
        #expect(!devices.contains(nil))
        for target in targets { #expect(try Files.read("\(target)/greeting") == Array("hello\n".utf8)) }
        for target in try await mounts.list(under: bench.layout.volumes) { try await mounts.unmount(target) }
        try bench.tearDown()
    }

    @Test func `an image whose file was deleted is still known and unmounted`() async throws {
        let file = try bench.image()
        let observation = try await mounts.mount(.image(file: file, filesystem: "squashfs"), at: target("root"))
        try FileManager.default.removeItem(atPath: file)
        #expect(try await mounts.observe(target("root")) == observation)
        try await mounts.unmount(target("root"))
        try bench.tearDown()
    }

    @Test func `what an image shows cannot be written`() async throws {
        let file = try bench.image()
        _ = try await mounts.mount(.image(file: file, filesystem: "squashfs"), at: target("root"))
        let bound = MountRequest.bind(source: target("data"), isReadOnly: true)
        _ = try await mounts.mount(bound, at: target("shown"))
        for directory in [target("root"), target("shown")] {
            let error = #expect(throws: DriverError.self) { try Files.makeDirectories("\(directory)/new") }
            #expect(error?.errno == EROFS)
        }
        for target in try await mounts.list(under: bench.layout.volumes) { try await mounts.unmount(target) }
        try bench.tearDown()
    }

    @Test func `an ext4 image is mounted as it is, and never written to`() async throws {
        let source = "\(bench.sandbox.directory)/ext4"
        try bench.sandbox.make(source)
        try Data("hello\n".utf8).write(to: URL(fileURLWithPath: "\(source)/greeting"))
        let file = "\(source).img"
        try LoaderImage.run("/sbin/mke2fs", ["-q", "-t", "ext4", "-d", source, file, "2M"])
        let before = try Files.read(file, limit: 4 << 20)
        _ = try await mounts.mount(.image(file: file, filesystem: "ext4"), at: target("root"))
        #expect(try Files.read("\(target("root"))/greeting") == Array("hello\n".utf8))
        let error = #expect(throws: DriverError.self) { try Files.makeDirectories("\(target("root"))/new") }
        #expect(error?.errno == EROFS)
        try await mounts.unmount(target("root"))
        #expect(try Files.read(file, limit: 4 << 20) == before)
        try bench.tearDown()
    }

    @Test func `every layer of a target is unmounted`() async throws {
        _ = try await mounts.mount(.memory(maximumBytes: nil), at: target("data"))
        try #require(mount("tmpfs", target("data"), "tmpfs", 0, nil) == 0)
        try await mounts.unmount(target("data"))
        #expect(!Files.exists(target("data")))
        try bench.tearDown()
    }
}
