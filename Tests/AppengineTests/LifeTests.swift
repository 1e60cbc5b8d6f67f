import Foundation
import Testing

@Suite(.serialized, .enabled(if: Appengine.isPossible, "needs root and out/pantavisor (hack/build.sh)"))
struct LifeTests {
    @Test func `the demo revision converges and shows each feature`() throws {
        let device = try Appengine()
        defer { device.stop() }
        try device.startUntilReady()
        let table = try device.pvcontrol("get", "containers", "--no-headers").split(separator: "\n")
            .map { $0.split(separator: " ").map(String.init) }
        let phases = Dictionary(uniqueKeysWithValues: table.map { ($0[0], $0[2]) })
        #expect(
            phases == [
                "assets": "MOUNTED", "init-os": "STARTED", "sensor": "READY", "counter": "STARTED",
                "greeter": "STARTED", "flaky": "READY",
            ])
        let restarts = try device.pvcontrol("get", "ct", "flaky", "-o", "jsonpath={.status.restarts}")
        #expect(restarts.trimmingCharacters(in: .whitespacesAndNewlines) == "2")
        try device.remove()
    }

    @Test func `a user stops, starts and restarts a container`() throws {
        let device = try Appengine()
        defer { device.stop() }
        try device.startUntilReady()
        let before = try #require(try device.pids()["greeter"])
        try device.pvcontrol("containers", "stop", "greeter")
        try device.pvcontrol("wait", "ct/greeter", "--for=phase=STOPPED", "--timeout", "20s")
        #expect(try device.pids()["greeter"] == nil)
        try device.pvcontrol("containers", "start", "greeter")
        try device.pvcontrol("wait", "ct/greeter", "--for=phase=STARTED", "--timeout", "20s")
        let after = try #require(try device.pids()["greeter"])
        #expect(after != before)
        try device.pvcontrol("containers", "restart", "greeter")
        try device.pvcontrol("wait", "ct/greeter", "--for=jsonpath={.status.exits}=2", "--timeout", "20s")
        try device.pvcontrol("wait", "ct/greeter", "--for=phase=STARTED", "--timeout", "20s")
        #expect(try #require(try device.pids()["greeter"]) != after)
        try device.remove()
    }

    @Test func `a container a user stopped stays stopped over the death of the runtime`() throws {
        let device = try Appengine()
        defer { device.stop() }
        try device.startUntilReady()
        try device.pvcontrol("containers", "stop", "greeter")
        try device.pvcontrol("wait", "ct/greeter", "--for=phase=STOPPED", "--timeout", "20s")
        kill(try device.runtimePid(), SIGKILL)
        try device.pvcontrol("wait", "ct/greeter", "--for=phase=STOPPED", "--timeout", "20s")
        #expect(try device.pids()["greeter"] == nil)
        try device.remove()
    }

    @Test func `a killed container comes back, and its policy counts it`() throws {
        let device = try Appengine()
        defer { device.stop() }
        try device.startUntilReady()
        let pid = try #require(try device.pids()["flaky"])
        kill(Int32(pid), SIGKILL)
        try device.pvcontrol("wait", "ct/flaky", "--for=jsonpath={.status.restarts}=3", "--timeout", "20s")
        try device.pvcontrol("wait", "ct/flaky", "--for=phase=READY", "--timeout", "30s")
        let exit = try device.pvcontrol("get", "ct", "flaky", "-o", "jsonpath={.status.lastExit.signal}")
        #expect(exit.trimmingCharacters(in: .whitespacesAndNewlines) == "9")
        try device.remove()
    }

    @Test func `a second instance on the same run directory is refused and harms nothing`() throws {
        let device = try Appengine()
        defer { device.stop() }
        try device.startUntilReady()
        let pids = try device.pids()
        #expect(throws: Appengine.CommandFailed.self) {
            try Appengine.shell(
                Appengine.executable, ["appengine", "--storage", device.storage, "--run", device.run])
        }
        #expect(try device.pids() == pids)
        try device.remove()
    }

    @Test func `an orderly end leaves nothing behind`() throws {
        let device = try Appengine()
        try device.startUntilReady()
        #expect(device.stop() == 0)
        #expect(try Leftovers(of: device).isEmpty)
        try device.remove()
    }
}

@Suite(.serialized, .enabled(if: Appengine.isPossible, "needs root and out/pantavisor (hack/build.sh)"))
struct DamagedStorageTests {
    @Test(arguments: [
        (".pvr/json", "{\"#spec\": ", "cannot be read"),
        (".pvr/json", "{\"#spec\": \"other@1\"}", "other@1"),
    ])
    func `a damaged state document is explained`(file: String, content: String, expected: String) throws {
        let device = try Appengine()
        defer { device.stop() }
        try Data(content.utf8).write(to: URL(filePath: "\(device.storage)/trails/0/\(file)"))
        try device.start()
        try device.pvcontrol("wait", "device/self", "--for=jsonpath={.status.isSwept}=true", "--timeout", "20s")
        let said = try device.explanation(of: "device/self")
        #expect(said.contains(expected), "\(said)")
        try device.remove()
    }

    @Test func `a missing object is named, and all goes on when it is there again`() throws {
        let device = try Appengine()
        defer { device.stop() }
        let objects = URL(filePath: "\(device.storage)/objects")
        let largest = try #require(
            try FileManager.default.contentsOfDirectory(at: objects, includingPropertiesForKeys: [.fileSizeKey])
                .max { try size($0) < size($1) })
        let away = URL(filePath: "\(device.storage)/away")
        try FileManager.default.moveItem(at: largest, to: away)
        try device.start()
        try device.pvcontrol("wait", "rev/0", "--for=condition=Progressing=False", "--timeout", "20s")
        let said = try device.explanation(of: "device/self")
        #expect(said.contains(largest.lastPathComponent), "\(said)")
        try FileManager.default.moveItem(at: away, to: largest)
        try device.waitUntilReady()
        try device.remove()
    }

    private func size(_ file: URL) throws -> Int {
        try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    }
}
