import Drivers
import FakeDrivers
import Foundation
import Model
import Testing

@testable import LinuxDrivers

/// What the contract of the drivers is checked on.
enum BenchKind: String, CaseIterable, CustomTestStringConvertible, Sendable {
    case fake, linux

    static var available: [BenchKind] { Sandbox.canRun ? [.fake, .linux] : [.fake] }
    var testDescription: String { rawValue }

    func make() throws -> any Bench {
        switch self {
        case .fake: FakeBench()
        case .linux: try LinuxBench()
        }
    }
}

/// How a container behaves in a test.
enum Behaviour {
    /// Until it is asked to halt; then exit code 0.
    case stays
    /// Does not listen when it is asked to halt.
    case stubborn
    case exits(Int)
    /// Cannot be started.
    case refuses
}

/// The drivers of one runtime.
struct DriverSet {
    var containers: any ContainerDriver
    var mounts: any MountDriver
    var storage: any StorageDriver
    var journal: any JournalDriver
    var meta: any MetaDriver
}

/// A device, and runtimes on it, one after the other.
protocol Bench: Sendable {
    var layout: Layout { get }
    /// The drivers of a runtime that has just been started; the one before is dead.
    func nextRuntime() throws -> DriverSet
    func launch(_ name: String, _ behaviour: Behaviour) throws -> ContainerLaunch
    /// Waits until a container that ends by itself has ended.
    func waitForEnd(of name: String)
    /// A filesystem image with one file in it.
    func image() async throws -> String
    /// Puts an object into the pool.
    func addObject(_ sha256: String, _ bytes: [UInt8]) async throws
    /// Says that nothing may be left, and removes the device.
    func tearDown() throws
}

final class FakeBench: Bench {
    private let world = FakeWorld(runsFreely: true)
    var layout: Layout { world.layout }

    func nextRuntime() -> DriverSet {
        let drivers = FakeDrivers(world)
        return DriverSet(
            containers: drivers.containers, mounts: drivers.mounts, storage: drivers.storage, journal: drivers.journal,
            meta: drivers.meta)
    }

    func launch(_ name: String, _ behaviour: Behaviour) -> ContainerLaunch {
        switch behaviour {
        case .stays: world.script(name, ContainerScript())
        case .stubborn: world.script(name, .stubborn)
        case .exits(let code): world.script(name, .exits(code, after: .milliseconds(100)))
        case .refuses: world.script(name, .refuses("there is no init"))
        }
        return ContainerLaunch(
            name: name, group: "app", revision: "0", directory: "/", configFile: "lxc.container.conf", hostname: nil,
            roles: [.mgmt], configOverlay: nil, exports: [], hasDevLog: false, mountsModulesAndFirmware: false,
            logs: layout.logs(of: name, in: "0"))
    }

    func waitForEnd(of name: String) { world.advance(to: world.now + .seconds(1)) }

    func image() async throws -> String {
        try await FakeDrivers(world).storage.writeDurably([1], to: "\(layout.objects)/image")
        return "\(layout.objects)/image"
    }

    func addObject(_ sha256: String, _ bytes: [UInt8]) {
        // The only object whose name is right that the tests have.
        world.addObject(sha256, size: Int64(bytes.count), isDamaged: !sha256.hasPrefix("ba7816bf"))
    }

    func tearDown() { #expect(world.violations == []) }
}

final class LinuxBench: Bench {
    let sandbox: Sandbox
    var layout: Layout { sandbox.layout }

    init() throws {
        sandbox = try Sandbox()
        for path in [layout.objects, layout.trails] { try sandbox.make(path) }
    }

    func nextRuntime() throws -> DriverSet {
        let threads = Threads()
        return DriverSet(
            containers: try sandbox.containers(), mounts: LinuxMounts(threads: threads),
            storage: LinuxStorage(layout: layout, threads: threads),
            journal: TmpfsJournal(layout: layout, threads: threads),
            meta: LinuxMeta(
                layout: layout, directories: ["user-meta": "\(layout.storage)/cache/meta"], threads: threads))
    }

    func launch(_ name: String, _ behaviour: Behaviour) throws -> ContainerLaunch {
        let loop = "while :; do sleep 1000 & wait $!; done"
        return switch behaviour {
        case .stays: try sandbox.launch(name, "trap 'exit 0' PWR\n\(loop)")
        case .stubborn: try sandbox.launch(name, "trap '' PWR\n\(loop)")
        case .exits(let code): try sandbox.launch(name, "exit \(code)")
        case .refuses: try sandbox.launch(name, "", initCommand: "/sbin/nope")
        }
    }

    func waitForEnd(of name: String) {
        ContainerRecords(name, layout: layout).monitor?.open()?.waitUntilReadable(milliseconds: 10_000)
    }

    func image() throws -> String {
        let source = "\(sandbox.directory)/source"
        try sandbox.make(source)
        try Data("hello\n".utf8).write(to: URL(fileURLWithPath: "\(source)/greeting"))
        return try image(of: source)
    }

    func image(of source: String) throws -> String {
        let file = "\(source).squashfs"
        let build = Process()
        build.executableURL = URL(fileURLWithPath: "/usr/bin/mksquashfs")
        build.arguments = [source, file, "-quiet", "-no-progress"]
        build.standardOutput = FileHandle.nullDevice
        try build.run()
        build.waitUntilExit()
        try #require(build.terminationStatus == 0)
        return file
    }

    func addObject(_ sha256: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: layout.object(sha256)))
    }

    func tearDown() throws {
        #expect(try Leaks.now(sandbox) == Leaks())
        try sandbox.remove()
    }
}
