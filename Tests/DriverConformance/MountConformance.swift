import Drivers
import Testing

/// What every mount driver does.
@Suite(.serialized) struct MountConformance {
    @Test(arguments: BenchKind.available) func `an image is mounted once`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let file = try await bench.image()
        try await mountsOnce(.image(file: file, filesystem: "squashfs"), source: file, on: bench)
    }

    @Test(arguments: BenchKind.available) func `a directory is bound once`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let source = "\(bench.layout.storage)/disks/perm/web/data"
        try await mountsOnce(.bind(source: source, isReadOnly: false), source: source, on: bench)
    }

    @Test(arguments: BenchKind.available) func `memory is mounted once`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        try await mountsOnce(.memory(maximumBytes: 1 << 20), source: "tmpfs", on: bench)
    }

    @Test(arguments: BenchKind.available) func `layers are mounted once`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let drivers = try bench.nextRuntime()
        let memory = bench.layout.mountPoint(container: "web", volume: "layers")
        _ = try await drivers.mounts.mount(.memory(maximumBytes: nil), at: memory)
        let lower = bench.layout.volumes
        let request = MountRequest.overlay(lower: [lower], upper: "\(memory)/upper", work: "\(memory)/work")
        let target = bench.layout.mountPoint(container: "web", volume: "root")
        let observation = try await drivers.mounts.mount(request, at: target)
        #expect(observation == MountObservation(source: "overlay", filesystem: "overlay"))
        try await drivers.mounts.unmount(target)
        try await drivers.mounts.unmount(memory)
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `mount points are listed deepest first`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let mounts = try bench.nextRuntime().mounts
        let outer = bench.layout.mountPoint(container: "web", volume: "data")
        for target in [outer, "\(outer)/inner"] { _ = try await mounts.mount(.memory(maximumBytes: nil), at: target) }
        #expect(try await mounts.list(under: bench.layout.volumes) == ["\(outer)/inner", outer])
        for target in try await mounts.list(under: bench.layout.volumes) { try await mounts.unmount(target) }
        #expect(try await mounts.list(under: bench.layout.volumes) == [])
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `a missing image is an error`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let mounts = try bench.nextRuntime().mounts
        let target = bench.layout.mountPoint(container: "web", volume: "root")
        let error = await #expect(throws: DriverError.self) {
            try await mounts.mount(.image(file: "/nowhere.squashfs", filesystem: "squashfs"), at: target)
        }
        #expect(error?.errno == 2)
        #expect(try await mounts.observe(target) == nil)
        try bench.tearDown()
    }

    /// Mounting twice is mounting once; unmounting twice is unmounting once.
    private func mountsOnce(_ request: MountRequest, source: String, on bench: any Bench) async throws {
        let mounts = try bench.nextRuntime().mounts
        let target = bench.layout.mountPoint(container: "web", volume: "data")
        #expect(try await mounts.observe(target) == nil)
        let observation = try await mounts.mount(request, at: target)
        #expect(observation.source == source)
        #expect(try await mounts.mount(request, at: target) == observation)
        #expect(try await mounts.observe(target) == observation)
        try await mounts.unmount(target)
        try await mounts.unmount(target)
        #expect(try await mounts.observe(target) == nil)
        try bench.tearDown()
    }
}
