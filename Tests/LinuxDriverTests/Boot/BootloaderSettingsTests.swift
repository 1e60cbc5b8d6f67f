import Drivers
import Testing

@testable import LinuxDrivers

@Suite struct BootloaderSettingsTests {
    private let settings = BootloaderSettings(layout: Layout(storage: "/nonexistent/storage", run: "/nonexistent/run"))

    @Test func `a flash partition is found by its whole name`() {
        let table = """
            dev:    size   erasesize  name
            mtd0: 00100000 00020000 "u-boot"
            mtd11: 00100000 00020000 "u-boot-env"
            mtd12: 00100000 00020000 "env"

            """
        #expect(["env", "u-boot-env", "boot"].map { LinuxFlash.number(of: $0, in: table) } == [12, 11, nil])
    }

    @Test(arguments: [
        (BootloaderType.rpiab, "is this a Raspberry Pi?"), (.ubootAB, "no flash partition of that name"),
        (.ubootEnvironment, "PV_BOOTLOADER_UBOOTAB_ENV_SIZE is 0"),
    ])
    func `a loader that cannot be found says why at each call`(_ type: BootloaderType, _ reason: String) async {
        let driver = bootloader(type: type, settings)
        let error = await #expect(throws: DriverError.self) { try await driver.state() }
        #expect(error?.detail.contains(reason) == true)
        await #expect(throws: DriverError.self) { try await driver.commit("1") }
    }

    @Test(arguments: ["", "env@", "env@12x", "@4"]) func `a place that is none is refused`(_ text: String) async {
        var settings = settings
        settings.environment.first = text
        settings.environmentSize = 4096
        let driver = bootloader(type: .ubootEnvironment, settings)
        let error = await #expect(throws: DriverError.self) { try await driver.state() }
        #expect(error?.operation == "OpenBootEnvironment")
    }

    @Test func `the types are those of the configuration`() {
        #expect(
            BootloaderType.allCases.map(\.rawValue) == [
                "uboot", "uboot-pvk", "uboot-env", "uboot-ab", "rpiab", "grub", "systemd-boot",
            ])
    }
}
