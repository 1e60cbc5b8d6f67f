import Drivers
import FakeDrivers
import Testing

@testable import LinuxDrivers

/// The power goes at every single step of every call: the device comes up with the old revision or the new one, and the
/// call can be made again.
@Suite struct BootPowerCutTests {
    private enum Call: CustomStringConvertible {
        case install(String)
        case setTry(String, keeping: String)
        case clearTry
        case commit(String)
        /// A reboot in between, as the driver asks for it.
        case reboot

        var description: String {
            switch self {
            case .install(let revision): "install \(revision)"
            case .setTry(let revision, let kept): "try \(revision), keeping \(kept)"
            case .clearTry: "clear"
            case .commit(let revision): "commit \(revision)"
            case .reboot: "reboot"
            }
        }
    }

    /// A life: what is called, and which revisions may come up when the power goes in the middle of it.
    private static let life: [(call: Call, allowed: Set<String>, after: BootState)] = [
        (.install("1"), ["0"], BootState(revision: "0")),
        (.setTry("1", keeping: "0"), ["0", "1"], BootState(revision: "0", tryRevision: "1")),
        (.reboot, ["1"], BootState(revision: "0", tryRevision: "1")),
        (.commit("1"), ["0", "1"], BootState(revision: "1")),
        (.reboot, ["1"], BootState(revision: "1")),
        (.install("locals/x"), ["1"], BootState(revision: "1")),
        (.setTry("locals/x", keeping: "1"), ["1", "locals/x"], BootState(revision: "1", tryRevision: "locals/x")),
        (.clearTry, ["1", "locals/x"], BootState(revision: "1")),
        (.setTry("locals/x", keeping: "1"), ["1", "locals/x"], BootState(revision: "1", tryRevision: "locals/x")),
        (.install("3"), ["1", "locals/x"], BootState(revision: "1", tryRevision: "locals/x")),
        (.setTry("3", keeping: "1"), ["1", "locals/x", "3"], BootState(revision: "1", tryRevision: "3")),
        (.reboot, ["3"], BootState(revision: "1", tryRevision: "3")),
        (.commit("3"), ["1", "3"], BootState(revision: "3")),
    ]

    private func make(_ call: Call, on device: MediumBootDevice) async throws {
        let driver = device.nextRuntime()
        switch call {
        case .install(let revision): try await driver.install(try device.add(revision))
        case .setTry(let revision, let kept): try await driver.setTry(revision, keeping: kept)
        case .clearTry: try await driver.clearTry()
        case .commit(let revision): try await driver.commit(revision)
        case .reboot: _ = try device.powerOn(argument: try await driver.state().rebootArgument)
        }
    }

    private func stored(_ device: MediumBootDevice) async throws -> BootState {
        let state = try await device.nextRuntime().state()
        return BootState(revision: state.revision, tryRevision: state.tryRevision)
    }

    @Test(arguments: BootCase.surviving, [false, true])
    func `a power cut leaves the old revision or the new one`(_ kind: BootCase, argued: Bool) async throws {
        let device = try MediumBootDevice(kind)
        for revision in ["1", "locals/x", "3"] { _ = try device.add(revision) }
        for (call, allowed, after) in Self.life {
            if case .reboot = call {
                try await make(call, on: device)
                continue
            }
            for steps in 0... {
                let copy = try device.copy()
                copy.memory?.cutPower(after: steps)
                do {
                    try await make(call, on: copy)
                    break
                } catch let error as DriverError where error == MemoryMedium.powerCut {
                    try await check(copy, call, allowed, after, isArgued: argued)
                }
            }
            try await make(call, on: device)
            #expect(try await stored(device) == after)
        }
    }

    /// The power is back.
    private func check(
        _ cut: MediumBootDevice, _ call: Call, _ allowed: Set<String>, _ after: BootState, isArgued: Bool
    ) async throws {
        let device = try cut.copy()
        var argument: String?
        if isArgued {
            // Not the power went but the runtime, and the next one reboots, as it is asked to.
            argument = try await device.nextRuntime().state().rebootArgument
        }
        let context: Comment = "\(call), cut after \(device.steps ?? 0)"
        for _ in 0..<3 {
            let revision = try device.powerOn(argument: argument)
            argument = nil
            #expect(allowed.contains(revision ?? "nothing"), context)
            let state = try await device.nextRuntime().state()
            if let booted = state.booted { #expect(booted == revision, context) }
            #expect(allowed.contains(state.revision) || state.revision == after.revision, context)
        }
        try await make(call, on: device)
        #expect(try await stored(device) == after, context)
        if after.tryRevision == nil { #expect(try device.powerOn() == after.revision, context) }
    }

    @Test func `half a boot image is no filesystem`() async throws {
        let device = try MediumBootDevice(BootCase(loader: .rpiab, medium: .memory))
        let driver = device.nextRuntime()
        try await driver.install(try device.add("1"))
        let partition = "\(device.directory)/disk3"
        #expect(try FATVolume(partition, medium: device.medium) != nil)
        let image = try device.add("2")
        let steps = device.memory?.steps ?? 0
        try await device.copy().nextRuntime().install(image)
        for cut in 1..<60 {
            let copy = try device.copy()
            copy.memory?.cutPower(after: cut)
            await #expect(throws: MemoryMedium.powerCut) { try await copy.nextRuntime().install(image) }
            // The link in the trail is the first step.
            if cut > 1 { #expect(try FATVolume(partition, medium: copy.medium) == nil, "cut \(cut) after \(steps)") }
        }
    }
}
