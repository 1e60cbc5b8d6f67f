import CShims
import Drivers
import Foundation
import Testing

@testable import LinuxDrivers

/// What a loader sees of a real ext4 that is mounted, written to by others, and not unmounted.
///
/// This is the promise everything else rests on: no journal is replayed before the loader looks.
@Suite(.serialized, .enabled(if: LoaderImage.canRun, LoaderImage.skipped), .timeLimit(.minutes(2)))
struct BootVisibilityTests {
    private static let size = 200_000

    /// Puts a revision into the trails as a check-out does: an object, and a hard link to it.
    private func add(_ revision: String, to image: LoaderImage) throws -> (BootImage, [UInt8]) {
        let layout = Layout(storage: image.mountPoint, run: image.directory)
        let trail = layout.trail(revision)
        for path in [layout.objects, "\(trail)/bsp"] { try Files.makeDirectories(path) }
        let seed = UInt8(truncatingIfNeeded: revision.hashValue)
        let kernel = (0..<Self.size).map { UInt8(truncatingIfNeeded: $0 &* 31) ^ seed }
        let object = layout.object("sha-of-" + revision.replacingOccurrences(of: "/", with: "-"))
        // Not synced: that is for the driver to see to.
        try Data(kernel).write(to: URL(fileURLWithPath: object))
        try FileManager.default.linkItem(atPath: object, toPath: "\(trail)/bsp/kernel.img")
        return (BootImage(revision: revision, kernel: "bsp/kernel.img"), kernel)
    }

    private func settings(_ image: LoaderImage) -> BootloaderSettings {
        BootloaderSettings(layout: Layout(storage: image.mountPoint, run: image.directory))
    }

    private func loaderState(_ type: BootloaderType, _ cut: LoaderImage.Cut) throws -> BootState? {
        switch type {
        case .grub: try cut.read("/boot/grubenv").flatMap { GrubEnvironment.variables(of: $0)?.bootState }
        default: try cut.read("/boot/uboot.txt").flatMap { UBootText(window: 1024).variables(of: $0)?.bootState }
        }
    }

    @Test(arguments: [BootloaderType.uboot, .grub], [false, true])
    func `the loader sees boot files and environment of a storage that is just being written`(
        _ type: BootloaderType, isBusy: Bool
    ) async throws {
        let image = try LoaderImage()
        defer { withExtendedLifetime(image) {} }
        let driver = bootloader(type: type, settings(image))
        var kept = "0"
        for round in 1...6 {
            let revision = round % 2 == 0 ? "locals/r\(round)" : "\(round)"
            let (files, kernel) = try add(revision, to: image)
            if isBusy, round == 1 { image.makeBusy(["\(image.mountPoint)/trails", "\(image.mountPoint)/objects"]) }

            try await driver.install(files)
            let installed = try image.cutPower()
            #expect(try installed.read("/trails/\(revision)/.pv/pv-kernel.img") == kernel)
            if LoaderImage.hasGrub {
                #expect(try installed.readByGrub("/trails/\(revision)/.pv/pv-kernel.img") == kernel)
            }
            #expect(try loaderState(type, installed) ?? .factory == BootState(revision: kept))

            try await driver.setTry(revision, keeping: kept)
            let tried = try image.cutPower()
            #expect(try loaderState(type, tried) == BootState(revision: kept, tryRevision: revision))
            #expect(try tried.read("/trails/\(revision)/.pv/pv-kernel.img") == kernel)

            try await driver.commit(revision)
            #expect(try loaderState(type, image.cutPower()) == BootState(revision: revision))
            kept = revision
        }
    }

    @Test func `an environment as it is delivered grows, and is never seen half`() async throws {
        let image = try LoaderImage()
        defer { withExtendedLifetime(image) {} }
        try Files.makeDirectories("\(image.mountPoint)/boot")
        try Data("pv_rev=7\0\0".utf8).write(to: URL(fileURLWithPath: "\(image.mountPoint)/boot/uboot.txt"))
        sync()
        let driver = bootloader(type: .uboot, settings(image))
        image.makeBusy(["\(image.mountPoint)/boot"])
        try await driver.setTry("locals/a-longer-name", keeping: "7")
        let cut = try image.cutPower()
        #expect(try cut.read("/boot/uboot.txt")?.count == 65_536)
        #expect(try loaderState(.uboot, cut) == BootState(revision: "7", tryRevision: "locals/a-longer-name"))
    }

    @Test func `synced alone, a loader does not see it`() async throws {
        let image = try LoaderImage()
        defer { withExtendedLifetime(image) {} }
        var settings = settings(image)
        settings.hasLoader = false
        let (files, _) = try add("1", to: image)
        try await bootloader(type: .uboot, settings).install(files)
        // If this ever fails, the kernel does more than it promises; the other tests stay right.
        #expect(try image.cutPower().read("/trails/1/.pv/pv-kernel.img") == nil)
    }

    @Test func `a filesystem without a journal to empty is frozen and thawed`() async throws {
        let image = try LoaderImage(options: ["-O", "^has_journal"])
        defer { withExtendedLifetime(image) {} }
        let (files, kernel) = try add("1", to: image)
        let driver = bootloader(type: .uboot, settings(image))
        image.makeBusy(["\(image.mountPoint)/trails"])
        try await driver.install(files)
        try await driver.setTry("1", keeping: "0")
        let cut = try image.cutPower()
        #expect(try cut.read("/trails/1/.pv/pv-kernel.img") == kernel)
        #expect(try loaderState(.uboot, cut) == BootState(revision: "0", tryRevision: "1"))
    }

    @Test func `a storage that a killed runtime left frozen is thawed`() throws {
        let image = try LoaderImage(options: ["-O", "^has_journal"])
        defer { withExtendedLifetime(image) {} }
        let directory = try OwnedDescriptor.open(image.mountPoint, O_RDONLY, for: "Test")
        try #require(pv_freeze(directory.number) == 0)
        _ = bootloader(type: .uboot, settings(image))
        // It would wait for ever if it were still frozen.
        try Data([1]).write(to: URL(fileURLWithPath: "\(image.mountPoint)/file"))
        #expect(pv_thaw(directory.number) != 0)
    }

    @Test func `a boot file whose blocks are not written is refused`() async throws {
        let image = try LoaderImage()
        defer { withExtendedLifetime(image) {} }
        let (files, _) = try add("1", to: image)
        let file = "\(image.mountPoint)/trails/1/bsp/kernel.img"
        let descriptor = try OwnedDescriptor.open(file, O_RDWR, for: "Test")
        try #require(posix_fallocate(descriptor.number, 0, 1 << 20) == 0)
        let error = await #expect(throws: DriverError.self) {
            try await bootloader(type: .uboot, settings(image)).install(files)
        }
        #expect(error?.operation == "CheckBootFile")
    }
}
