import Drivers
import FakeDrivers
import Testing

@testable import LinuxDrivers

/// What every bootloader driver does.
@Suite struct BootloaderConformance {
    /// What is to come back to and what to try; the rest of the state is some loaders' own.
    private func stored(_ driver: any BootloaderDriver) async throws -> BootState {
        let state = try await driver.state()
        return BootState(revision: state.revision, tryRevision: state.tryRevision)
    }

    @Test(arguments: BootCase.all) func `a new device comes back to the factory revision`(_ kind: BootCase) async throws
    {
        let device = try kind.make()
        #expect(try await stored(device.nextRuntime()) == BootState(revision: "0"))
        #expect(try device.powerOn() == "0")
        try device.tearDown()
    }

    @Test(arguments: BootCase.all) func `a try is read back, also by the next runtime`(_ kind: BootCase) async throws {
        let device = try kind.make()
        let driver = device.nextRuntime()
        try await driver.install(try device.add("1"))
        try await driver.setTry("1", keeping: "0")
        #expect(try await stored(driver) == BootState(revision: "0", tryRevision: "1"))
        #expect(try await stored(device.nextRuntime()) == BootState(revision: "0", tryRevision: "1"))
        try device.tearDown()
    }

    @Test(arguments: BootCase.all) func `a revision is tried once, and then the old one comes back`(
        _ kind: BootCase
    ) async throws {
        let device = try kind.make()
        let driver = device.nextRuntime()
        try await driver.install(try device.add("1"))
        try await driver.setTry("1", keeping: "0")
        #expect(try device.powerOn(argument: try await driver.state().rebootArgument) == "1")
        #expect(try device.powerOn() == "0")
        let after = device.nextRuntime()
        #expect(try await stored(after) == BootState(revision: "0", tryRevision: "1"))
        try await after.clearTry()
        #expect(try await stored(after) == BootState(revision: "0"))
        #expect(try device.powerOn(argument: try await after.state().rebootArgument) == "0")
        try device.tearDown()
    }

    @Test(arguments: BootCase.all) func `what was committed is what the loader comes back to`(
        _ kind: BootCase
    ) async throws {
        let device = try kind.make()
        for revision in ["1", "locals/test", "3"] {
            let driver = device.nextRuntime()
            let kept = try await driver.state().revision
            try await driver.install(try device.add(revision))
            try await driver.setTry(revision, keeping: kept)
            #expect(try device.powerOn(argument: try await driver.state().rebootArgument) == revision)
            let tried = device.nextRuntime()
            try await tried.commit(revision)
            #expect(try await stored(tried) == BootState(revision: revision))
            #expect(try device.powerOn() == revision)
            #expect(try device.powerOn() == revision)
            #expect(try await stored(device.nextRuntime()) == BootState(revision: revision))
        }
        try device.tearDown()
    }

    @Test(arguments: BootCase.all) func `a failed revision can be tried again after it was cleared`(
        _ kind: BootCase
    ) async throws {
        let device = try kind.make()
        let driver = device.nextRuntime()
        try await driver.install(try device.add("1"))
        for _ in 0..<2 {
            try await driver.setTry("1", keeping: "0")
            #expect(try device.powerOn(argument: try await driver.state().rebootArgument) == "1")
            #expect(try device.powerOn() == "0")
            try await driver.clearTry()
        }
        try device.tearDown()
    }

    @Test(arguments: BootCase.all) func `another try takes the place of the one before`(_ kind: BootCase) async throws {
        let device = try kind.make()
        let driver = device.nextRuntime()
        for revision in ["1", "2"] {
            try await driver.install(try device.add(revision))
            try await driver.setTry(revision, keeping: "0")
            #expect(try await stored(driver) == BootState(revision: "0", tryRevision: revision))
        }
        #expect(try device.powerOn(argument: try await driver.state().rebootArgument) == "2")
        try device.tearDown()
    }

    @Test(arguments: BootCase.all) func `doing it twice is doing it once`(_ kind: BootCase) async throws {
        let device = try kind.make()
        let image = try device.add("1")
        let calls: [(any BootloaderDriver) async throws -> Void] = [
            { try await $0.install(image) }, { try await $0.setTry("1", keeping: "0") }, { try await $0.clearTry() },
            { try await $0.setTry("1", keeping: "0") }, { try await $0.commit("1") }, { try await $0.install(image) },
        ]
        for call in calls {
            let driver = device.nextRuntime()
            try await call(driver)
            let (state, steps) = (try await stored(driver), device.steps)
            try await call(driver)
            let next = device.nextRuntime()
            try await call(next)
            #expect(try await stored(next) == state)
            #expect(device.steps == steps, "it wrote again")
        }
        try device.tearDown()
    }

    @Test(
        arguments: BootCase.all,
        ["", String(repeating: "x", count: 101), "a b", "-n", "..", "a/../b", "x=y", "a\nb", "ü"])
    func `a name no loader understands is refused`(_ kind: BootCase, _ name: String) async throws {
        let device = try kind.make()
        let driver = device.nextRuntime()
        await #expect(throws: DriverError.self) { try await driver.setTry(name, keeping: "0") }
        await #expect(throws: DriverError.self) { try await driver.setTry("1", keeping: name) }
        await #expect(throws: DriverError.self) { try await driver.commit(name) }
        await #expect(throws: DriverError.self) {
            try await driver.install(BootImage(revision: name, kernel: "k", fit: "f", rpiab: "r"))
        }
        #expect(try await stored(driver) == BootState(revision: "0"))
        #expect(try device.powerOn() == "0")
        try device.tearDown()
    }

    @Test(arguments: BootCase.all) func `the longest name goes through`(_ kind: BootCase) async throws {
        let device = try kind.make()
        let driver = device.nextRuntime()
        let name = "locals/" + String(repeating: "x", count: BootRevision.maximumLength - 7)
        try await driver.install(try device.add(name))
        try await driver.setTry(name, keeping: "0")
        #expect(try device.powerOn(argument: try await driver.state().rebootArgument) == name)
        try await driver.commit(name)
        #expect(try device.powerOn() == name)
        try device.tearDown()
    }

    @Test(arguments: BootCase.all) func `a revision without anything to boot is refused`(_ kind: BootCase) async throws
    {
        let device = try kind.make()
        let driver = device.nextRuntime()
        await #expect(throws: DriverError.self) { try await driver.install(BootImage(revision: "1")) }
        try device.tearDown()
    }

    @Test(arguments: BootCase.all.filter { $0.loader != .fake }) func `a boot file that is not there is named`(
        _ kind: BootCase
    ) async throws {
        let device = try kind.make()
        var image = try device.add("1")
        image.kernel = image.kernel.map { _ in "bsp/gone.img" }
        image.fit = image.fit.map { _ in "bsp/gone.img" }
        image.rpiab = image.rpiab.map { _ in "bsp/gone.img" }
        let error = await #expect(throws: DriverError.self) { try await device.nextRuntime().install(image) }
        #expect(error?.subject.hasSuffix("bsp/gone.img") == true)
        #expect(try device.powerOn() == "0")
        try device.tearDown()
    }

    @Test(arguments: BootCase.all) func `a tried revision whose kernel is gone does not stop the device`(
        _ kind: BootCase
    ) async throws {
        let device = try kind.make()
        let driver = device.nextRuntime()
        try await driver.install(try device.add("1"))
        try await driver.setTry("1", keeping: "0")
        let argument = try await driver.state().rebootArgument
        try device.loseKernel(of: "1")
        // A Raspberry Pi's firmware finds nothing, and starts again without trying.
        #expect(try device.powerOn(argument: argument) ?? device.powerOn() == "0")
        #expect(try device.powerOn() == "0")
        try device.tearDown()
    }

    @Test(arguments: BootCase.all) func `damaged storage is an error that says what to do`(_ kind: BootCase)
        async throws
    {
        let device = try kind.make()
        try await device.nextRuntime().commit("0")
        guard try device.damage() else { return }
        let driver = device.nextRuntime()
        let error = await #expect(throws: DriverError.self) { try await driver.state() }
        #expect(error?.detail.contains(device.repairs ? "writes it anew" : "run saveenv") == true)
        if device.repairs {
            try await driver.commit("0")
            #expect(try await stored(driver) == BootState(revision: "0"))
            #expect(try device.powerOn() == "0")
        } else {
            await #expect(throws: DriverError.self) { try await driver.commit("0") }
        }
        try device.tearDown()
    }

    @Test(arguments: BootCase.all) func `what is not Pantavisor's stays`(_ kind: BootCase) async throws {
        let device = try kind.make()
        try await device.nextRuntime().commit("0")
        guard try device.addForeign() else { return }
        let driver = device.nextRuntime()
        try await driver.install(try device.add("1"))
        try await driver.setTry("1", keeping: "0")
        #expect(try device.hasForeign())
        try await driver.clearTry()
        try await driver.setTry("1", keeping: "0")
        #expect(try await stored(driver) == BootState(revision: "0", tryRevision: "1"))
        try await driver.commit("1")
        #expect(try device.hasForeign())
        #expect(try await stored(driver) == BootState(revision: "1"))
        try device.tearDown()
    }

    @Test(arguments: BootCase.all) func `a full storage does not keep what is installed from being tried`(
        _ kind: BootCase
    ) async throws {
        let device = try kind.make()
        let driver = device.nextRuntime()
        try await driver.commit("0")
        try await driver.install(try device.add("1"))
        guard try device.fill() else { return try device.tearDown() }
        if kind.loader == .systemdBoot {
            // Its entries are files.
            let error = await #expect(throws: DriverError.self) { try await driver.setTry("1", keeping: "0") }
            #expect(error?.errno == 28)
            #expect(try await stored(driver) == BootState(revision: "0"))
            #expect(try device.powerOn() == "0")
        } else {
            try await driver.setTry("1", keeping: "0")
            #expect(try device.powerOn(argument: try await driver.state().rebootArgument) == "1")
            try await driver.commit("1")
            #expect(try device.powerOn() == "1")
        }
        try device.tearDown()
    }

    @Test(arguments: BootCase.all.filter { [.uboot, .grub, .rpiab].contains($0.loader) })
    func `a storage that was full from the start stays as it was`(_ kind: BootCase) async throws {
        let device = try kind.make()
        let driver = device.nextRuntime()
        try await driver.install(try device.add("1"))
        guard try device.fill() else { return try device.tearDown() }
        let error = await #expect(throws: DriverError.self) { try await driver.setTry("1", keeping: "0") }
        #expect(error?.errno == 28)
        #expect(try await stored(driver) == BootState(revision: "0"))
        #expect(try device.powerOn() == "0")
        try device.tearDown()
    }
}
