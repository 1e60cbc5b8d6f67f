import Drivers
import FakeDrivers
import Testing

@testable import LinuxDrivers

/// What a bootloader driver is checked on.
struct BootCase: CustomTestStringConvertible, Hashable, Sendable {
    enum Loader: String, CaseIterable, Sendable {
        case fake, uboot
        case ubootFlash = "uboot in flash only"
        case ubootEnvironment = "uboot-env"
        case ubootAB = "uboot-ab"
        case grub, rpiab
        case systemdBoot = "systemd-boot"
    }

    enum Medium: String, CaseIterable, Sendable {
        case memory, files
    }

    var loader: Loader
    var medium: Medium

    var testDescription: String { loader == .fake ? "fake" : "\(loader.rawValue), \(medium.rawValue)" }

    static let all: [BootCase] =
        Medium.allCases.flatMap { medium in
            Loader.allCases.filter { $0 != .fake }.map { BootCase(loader: $0, medium: medium) }
        } + [BootCase(loader: .fake, medium: .memory)]

    /// Those that claim that a power cut leaves the old or the new.
    ///
    /// The list alone in flash does not: it is erased before it is written, and upstream's loader looks for it nowhere
    /// else.
    static let surviving = all.filter { $0.medium == .memory && ![.fake, .ubootFlash].contains($0.loader) }
}

/// A device with a loader, delivered with revision 0, and runtimes on it, one after the other.
protocol BootDevice: Sendable {
    /// The driver of a runtime that has just been started.
    func nextRuntime() -> any BootloaderDriver
    /// Puts a revision into the trails.
    func add(_ revision: String) throws -> BootImage
    /// The loader starts: gives the revision whose kernel it has loaded.
    ///
    /// - Parameter argument: what the reboot was given; nil after a power cut.
    func powerOn(argument: String?) throws -> String?
    /// Takes a revision's kernel away from the loader.
    func loseKernel(of revision: String) throws
    /// Makes what is stored unreadable; false when there is nothing of the kind.
    func damage() throws -> Bool
    /// Whether a commit can write it anew.
    var repairs: Bool { get }
    /// Stores something that is not Pantavisor's; false when there is nothing of the kind.
    func addForeign() throws -> Bool
    func hasForeign() throws -> Bool
    /// Leaves no room on the storage; false where that cannot be done.
    func fill() throws -> Bool
    /// How many steps were written; nil where nobody counts.
    var steps: Int? { get }
    func tearDown() throws
}

extension BootDevice {
    func powerOn() throws -> String? { try powerOn(argument: nil) }
}

extension BootCase {
    func make() throws -> any BootDevice {
        switch loader {
        case .fake: FakeBootDevice()
        default: try MediumBootDevice(self)
        }
    }
}

final class FakeBootDevice: BootDevice {
    private let world = FakeWorld(runsFreely: true)

    func nextRuntime() -> any BootloaderDriver { FakeDrivers(world).bootloader }
    func add(_ revision: String) -> BootImage { BootImage(revision: revision, kernel: "bsp/kernel.img") }
    func powerOn(argument: String?) -> String? { world.boot(argument: argument) }
    func loseKernel(of revision: String) { world.loseBootFiles(of: revision) }
    func damage() -> Bool { false }
    var repairs: Bool { false }
    func addForeign() -> Bool { false }
    func hasForeign() -> Bool { false }
    func fill() -> Bool { false }
    var steps: Int? { nil }
    func tearDown() { #expect(world.violations == []) }
}
