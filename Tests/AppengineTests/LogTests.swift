import Foundation
import Testing

@Suite(.serialized, .enabled(if: Appengine.isPossible, "needs root and out/pantavisor (hack/build.sh)"))
struct LogTests {
    @Test func `what a container logs is found under its name, however it logs`() throws {
        let device = try Appengine()
        defer { device.stop() }
        try device.startUntilReady()
        for container in ["greeter", "init-os"] {
            try device.pvcontrol("exec", container, "--", "logger", "-t", "app", "from \(container)")
            #expect(try device.logs("from \(container)\n", of: container, source: "app"))
        }
        try device.run("mkdir -p /var/log; echo one >> /var/log/messages", in: "greeter")
        #expect(try device.logs("one\n", of: "greeter", source: "var/log/messages"))
        try device.run(
            "cd /var/log; echo two >> messages; mv messages messages.0; echo three >> messages", in: "greeter")
        #expect(try device.logs("one\ntwo\nthree\n", of: "greeter", source: "var/log/messages"))
        let answer = try device.log(of: "greeter", source: "nope") { !$0.isEmpty }
        #expect(answer.contains("sources are console, lxc, app, var/log/messages"), "\(answer)")
        try device.remove()
    }

    @Test func `no container sees another's sockets, whatever its role`() throws {
        let device = try Appengine()
        defer { device.stop() }
        try device.startUntilReady()
        for container in ["greeter", "init-os"] {
            let script = "ls /pantavisor/log-server 2>/dev/null; ls /pantavisor/log-sockets; readlink /dev/log"
            #expect(
                try device.run(script, in: container)
                    == "log\npv-ctrl-log\npv-fd-log\n/pantavisor/log-sockets/log\n")
        }
        try device.remove()
    }

    @Test func `a killed log server loses no message and no container`() throws {
        let device = try Appengine()
        defer { device.stop() }
        try device.startUntilReady()
        var expected = ""
        for round in 1...3 {
            // The second death in a row is followed by a pause.
            var server: Int32?
            while server == nil { server = try? device.logServerPid() }
            kill(try #require(server), SIGKILL)
            try device.pvcontrol("exec", "greeter", "--", "logger", "-t", "app", "round \(round)")
            expected += "round \(round)\n"
        }
        #expect(try device.logs(expected, of: "greeter", source: "app"))
        try device.remove()
    }

    @Test func `containers that outlive a whole Pantavisor log to the next one`() throws {
        let device = try Appengine()
        defer { device.stop() }
        try device.startUntilReady()
        let before = try device.pids()
        try device.killEverything(withContainers: false)
        try device.startUntilReady()
        #expect(try device.pids()["greeter"] == before["greeter"])
        try device.pvcontrol("exec", "greeter", "--", "logger", "-t", "app", "still here")
        #expect(try device.logs("still here\n", of: "greeter", source: "app"))
        try device.remove()
    }

    @Test func `one that floods is told so, and nobody else notices`() throws {
        let device = try Appengine()
        device.arguments = ["--log-max-size", "4M", "--log-outputs", "filetree,singlefile", "--log-rate", "50"]
        defer { device.stop() }
        try device.startUntilReady()
        try device.run("i=0; while [ $i -lt 400 ]; do echo line $i; i=$((i+1)); done | logger -t flood", in: "greeter")
        try device.pvcontrol("exec", "counter", "--", "logger", "-t", "app", "quiet")
        #expect(try device.logs("quiet\n", of: "counter", source: "app"))
        let told = try device.log(of: "greeter", source: "pv-log") { $0.hasPrefix("dropped ") }
        #expect(told.hasPrefix("dropped "), "\(told)")
        let single = try String(contentsOfFile: "\(device.storage)/logs/0/pv.log", encoding: .utf8)
        for part in [
            #""platform":"pantavisor","lvl":"INFO","src":"engine","msg":"acting"#,
            #""platform":"greeter","lvl":"INFO","src":"lxc/console.log","msg":"Hello from _config"#,
            #""platform":"counter","lvl":"INFO","src":"app","seq":1,"msg":"quiet"}"#,
        ] {
            #expect(single.contains(part), "\(part)")
        }
        try device.remove()
    }

    @Test func `without a log server everything else works`() throws {
        let device = try Appengine()
        device.arguments = ["--log-capture", "0"]
        defer { device.stop() }
        try device.startUntilReady()
        #expect(throws: (any Error).self) { try device.logServerPid() }
        #expect(try device.pvcontrol("logs", "greeter").hasPrefix("Hello from _config"))
        #expect(device.stop() == 0)
        try device.remove()
    }
}

extension Appengine {
    /// What a script inside a container writes.
    @discardableResult fileprivate func run(_ script: String, in container: String) throws -> String {
        try pvcontrol("exec", container, "--", "sh", "-c", script)
    }

    /// Whether a container's log says exactly this some time soon.
    fileprivate func logs(_ expected: String, of container: String, source: String) throws -> Bool {
        try log(of: container, source: source) { $0 == expected } == expected
    }

    /// Asks for a container's log again and again until it is right; what it says in the end, or what was refused.
    fileprivate func log(of container: String, source: String, until isRight: (String) -> Bool) throws -> String {
        let deadline = ContinuousClock.now + .seconds(15)
        var said = ""
        while !isRight(said), ContinuousClock.now < deadline {
            do {
                said = try pvcontrol("logs", container, "--source", source)
            } catch let error as CommandFailed {
                said = error.description
            }
        }
        return said
    }
}
