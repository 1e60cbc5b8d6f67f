import Foundation
import Testing

@testable import Boot

@Suite struct StorageCheckTests {
    private static let kernel = "a0c936696eb7d5ee3192bf53b9d281cecbb40ca9db520de72cb95817ad92ac72"
    private static let initrd = "8f7ed204b9dfaa20aa484445f54233c4b407cb80ec0f8c07f1f0a59675fb44cf"

    /// A storage as a factory makes it: revision 0 boots a kernel and an initrd of a few bytes.
    private final class Device {
        let storage = "/tmp/pv-check-\(UUID().uuidString)"

        init() throws {
            for directory in ["objects", "boot", "trails/0/.pvr", "trails/0/.pv"] {
                try FileManager.default.createDirectory(
                    atPath: "\(storage)/\(directory)", withIntermediateDirectories: true)
            }
            try write("kernel\n", to: "objects/\(kernel)")
            try write("initrd\n", to: "objects/\(initrd)")
            for (name, object) in ["pv-kernel.img": kernel, "pv-initrd.img": initrd] {
                try FileManager.default.linkItem(
                    atPath: "\(storage)/objects/\(object)", toPath: "\(storage)/trails/0/.pv/\(name)")
            }
            try write(
                """
                {"#spec":"pantavisor-service-system@1","bsp/initrd.img":"\(initrd)","bsp/kernel.img":"\(kernel)",\
                "bsp/run.json":{"initrd":"initrd.img","linux":"kernel.img"}}
                """, to: "trails/0/.pvr/json")
        }

        deinit {
            do {
                try FileManager.default.removeItem(atPath: storage)
            } catch {
                Issue.record(error)
            }
        }

        func write(_ text: String, to path: String) throws {
            try text.write(toFile: "\(storage)/\(path)", atomically: false, encoding: .utf8)
        }

        func check() throws -> StorageCheck {
            StorageCheck(
                try RuntimeSettings(
                    arguments: ["--config", "/dev/null", "--storage", storage, "--bootloader", "uboot"]))
        }
    }

    @Test func `a storage as the factory made it is sound`() async throws {
        let device = try Device()
        #expect(try await device.check().finding(on: "0") == .init(revision: "0", objects: 2))
        #expect(await (try device.check()).run() == 0)
    }

    @Test func `an object with other bytes is damage, in the pool and where the loader reads it`() async throws {
        let device = try Device()
        try device.write("kernex\n", to: "objects/\(Self.kernel)")
        let problems = [
            "object \(Self.kernel) is missing or damaged",
            "\(device.storage)/trails/0/.pv/pv-kernel.img is not the revision's bsp/kernel.img",
        ]
        #expect(
            try await device.check().finding(on: "0") == .init(revision: "0", objects: 2, problems: problems))
        #expect(await (try device.check()).run() == 1)
    }

    @Test func `what the loader is to try is looked at, too`() async throws {
        let device = try Device()
        try device.write("pv_rev=0\0pv_try=locals/new\0\0", to: "boot/uboot.txt")
        #expect(
            try await device.check().finding(on: "locals/new").problems
                == ["\(device.storage)/trails/locals/new/.pvr/json is missing"])
        #expect(await (try device.check()).run() == 1)
    }

    @Test func `a look changes nothing`() async throws {
        let device = try Device()
        let before = try FileManager.default.subpathsOfDirectory(atPath: device.storage)
        _ = try await device.check().run()
        #expect(try FileManager.default.subpathsOfDirectory(atPath: device.storage) == before)
    }
}
