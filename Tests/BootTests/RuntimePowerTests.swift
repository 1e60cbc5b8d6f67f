import Drivers
import Glibc
import LinuxDrivers
import Testing

@testable import Boot

@Suite struct RuntimePowerTests {
    @Test func `what the firmware is to be told lies where the first process looks for it`() async throws {
        let run = "/tmp/pv-boot-tests-\(getpid())"
        try Files.makeDirectories(run)
        let layout = Layout(storage: "/nowhere", run: run)
        let file = RuntimePower.argumentFile(layout)
        defer {
            unlink(file)
            rmdir(run)
        }
        let quiet = RuntimePower(layout)
        try await quiet.end(.reboot, argument: nil, reason: "a user wants it")
        #expect(await quiet.ended == .reboot)
        #expect(Files.text(file) == nil)
        let power = RuntimePower(layout)
        try await power.end(.reboot, argument: "0 tryboot", reason: "an update")
        #expect(await power.ended == .reboot)
        #expect(Files.text(file) == "0 tryboot\n")
    }
}
