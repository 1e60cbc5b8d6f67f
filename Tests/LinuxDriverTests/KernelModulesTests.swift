import Drivers
import Glibc
import Testing

@testable import LinuxDrivers

@Suite(.enabled(if: access("/sbin/modprobe", X_OK) == 0)) struct KernelModulesTests {
    private let modules = KernelModules()
    private let name = "no_such_module_of_pantavisor"

    @Test func `a module that does not exist is refused with what modprobe says of it`() async throws {
        #expect(try await modules.loaded(of: [name]) == [])
        let error = await #expect(throws: DriverError.self) { try await modules.load(KernelModule(name)) }
        #expect(error?.operation == "LoadModule")
        #expect(error?.description.contains(name) == true)
    }

    @Test func `nothing is to be done for one that is not loaded`() async throws {
        try await modules.unload(name)
    }

    @Test(
        arguments: [
            ("dummy", KernelModule("dummy")),
            ("  snd-usb  index=1\tvid=2 ", KernelModule("snd-usb", options: ["index=1", "vid=2"])),
            ("", nil), ("-r ext4", nil), ("../evil", nil), ("a;b", nil),
        ] as [(String, KernelModule?)])
    func `a line is a name and its options`(line: String, module: KernelModule?) {
        #expect(KernelModule(line: line) == module)
    }
}
