import Foundation
import Testing

@Suite(.serialized, .enabled(if: Appengine.isPossible, "needs root and out/pantavisor (hack/build.sh)"))
struct RuntimeDeathTests {
    @Test func `containers survive fifty deaths of the runtime at any moment`() throws {
        let device = try Appengine()
        defer { device.stop() }
        try device.startUntilReady()
        let before = try device.pids()
        #expect(before.count == 5)
        for round in 1...50 {
            // Work in flight makes the moment of death a different one each time.
            for _ in 0..<(round % 7) { try device.pvcontrol("get", "containers") }
            kill(try device.runtimePid(), SIGKILL)
            // The control socket is the supervisor's, so this waits in its queue and is answered by the next runtime.
            #expect(try device.pvcontrol("ls").contains("greeter"))
        }
        try device.waitUntilReady()
        #expect(try device.pids() == before)
        let restarts = try device.pvcontrol("get", "containers", "-o", "jsonpath={.items[*].status.restarts}")
        #expect(restarts.split(separator: " ").compactMap { Int($0) }.reduce(0, +) == 2)
        try device.remove()
    }

    @Test func `a runtime killed while containers start leaves no container twice`() throws {
        let device = try Appengine()
        defer { device.stop() }
        try device.start()
        for _ in 1...5 {
            try device.pvcontrol("wait", "device/self", "--for=jsonpath={.metadata.name}=self", "--timeout", "20s")
            kill(try device.runtimePid(), SIGKILL)
        }
        try device.waitUntilReady()
        let inits = try Appengine.shell("/usr/bin/pgrep", ["-c", "-f", "pv-lxc-start.*\(device.run)"])
        #expect(inits.trimmingCharacters(in: .whitespacesAndNewlines) == "5")
        try device.remove()
    }

    @Test func `a container that ends while there is no runtime is counted and comes back`() throws {
        let device = try Appengine()
        defer { device.stop() }
        try device.startUntilReady()
        let container = try #require(try device.pids()["flaky"])
        let supervisor = try #require(device.process).processIdentifier
        let runtime = try device.runtimePid()
        // Held, so that no runtime is started in between.
        kill(supervisor, SIGSTOP)
        kill(runtime, SIGKILL)
        kill(Int32(container), SIGKILL)
        kill(supervisor, SIGCONT)
        try device.pvcontrol("wait", "ct/flaky", "--for=jsonpath={.status.restarts}=3", "--timeout", "20s")
        try device.pvcontrol("wait", "ct/flaky", "--for=phase=READY", "--timeout", "30s")
        #expect(try #require(try device.pids()["flaky"]) != container)
        try device.remove()
    }

    @Test(arguments: ["with the runtime", "with its successor", "before the runtime"])
    func `a wish to stop is kept over the death of the runtime`(moment: String) throws {
        let device = try Appengine()
        defer { device.stop() }
        try device.startUntilReady()
        let runtime = try device.runtimePid()
        let supervisor = try #require(device.process).processIdentifier
        if moment == "before the runtime" { kill(supervisor, SIGTERM) }
        kill(runtime, SIGKILL)
        if moment == "with its successor" {
            // For a moment there is none.
            var successor: Int32?
            while successor == nil || successor == runtime { successor = try? device.runtimePid() }
        }
        #expect(device.stop() == 0)
        #expect(try Leftovers(of: device).isEmpty)
        try device.remove()
    }

    @Test func `nothing leaks over fifty starts and deaths of everything`() throws {
        let device = try Appengine()
        defer { device.stop() }
        for round in 1...50 {
            try device.start()
            try device.pvcontrol("wait", "ct/init-os", "--for=phase=STARTED", "--timeout", "30s")
            try device.killEverything(withContainers: round.isMultiple(of: 2))
        }
        try device.startUntilReady()
        #expect(device.stop() == 0)
        #expect(try Leftovers(of: device).isEmpty)
        try device.remove()
    }
}
