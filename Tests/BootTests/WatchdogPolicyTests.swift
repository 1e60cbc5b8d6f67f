import Glibc
import Testing

@testable import Boot

@Suite struct WatchdogPolicyTests {
    @Test(arguments: [
        (MachineSettings.WatchdogMode.disabled, [String]()),
        (.shutdown, ["stopping", "ending"]),
        (.startup, ["early", "starting", "stopping", "ending"]),
        (.always, ["early", "starting", "running", "stopping", "ending"]),
    ])
    func `each mode has its phases`(mode: MachineSettings.WatchdogMode, wanted: [String]) {
        let phases: [(String, (inout WatchdogPolicy) -> Void)] = [
            ("early", { _ in }),
            ("starting", { $0.runtimeStarted(at: 0) }),
            ("running", { $0.runtimeServes() }),
            ("stopping", { $0.stops() }),
            ("ending", { $0.ends() }),
        ]
        var policy = WatchdogPolicy(mode: mode, timeout: 15_000)
        var found: [String] = []
        for (name, enter) in phases {
            enter(&policy)
            if policy.isWanted { found.append(name) }
        }
        #expect(found == wanted)
    }

    @Test func `the first process pets for itself`() {
        var policy = WatchdogPolicy(mode: .always, timeout: 15_000)
        #expect(policy.pets(at: 0, hasAnswered: false))
        policy.ends()
        #expect(policy.pets(at: 1_000_000, hasAnswered: false))
    }

    @Test func `a runtime has one timeout to give its first answer, and then answers or is lost`() {
        var policy = WatchdogPolicy(mode: .always, timeout: 15_000)
        policy.runtimeStarted(at: 100_000)
        #expect(policy.pets(at: 114_999, hasAnswered: false))
        #expect(!policy.pets(at: 115_000, hasAnswered: false))
        #expect(policy.pets(at: 115_000, hasAnswered: true))
        policy.runtimeServes()
        #expect(!policy.pets(at: 200_000, hasAnswered: false))
        policy.stops()
        #expect(!policy.pets(at: 200_000, hasAnswered: false))
        #expect(policy.pets(at: 200_000, hasAnswered: true))
    }

    @Test func `a runtime that is started again while everything stops does not end the stopping`() {
        var policy = WatchdogPolicy(mode: .shutdown, timeout: 15_000)
        policy.stops()
        policy.runtimeStarted(at: 5)
        policy.runtimeServes()
        #expect(policy.phase == .stopping)
    }

    @Test func `a machine without the hardware asks nothing`() {
        var policy = WatchdogPolicy(mode: .always, timeout: 15_000)
        policy.giveUp()
        policy.runtimeStarted(at: 0)
        #expect(!policy.isWanted)
    }

    @Test func `it is looked at three times in a timeout, as the hardware has it`() {
        var policy = WatchdogPolicy(mode: .always, timeout: 15_000)
        #expect(policy.interval == 5000)
        policy.take(timeout: 60_000)
        #expect(policy.interval == 20_000)
        policy.take(timeout: 1000)
        #expect(policy.interval == 500)
    }

    @Test func `too many deaths within the window are enough`() {
        var deaths = DeathCount(.within(300_000, 2))
        #expect(deaths.died(at: 0) == false)
        #expect(deaths.died(at: 100_000) == false)
        deaths.cameUp()
        #expect(deaths.died(at: 300_001) == false)
        #expect(deaths.died(at: 300_002) == true)
        #expect(deaths.count == 3)
    }

    @Test func `deaths before coming up count in a row only`() {
        var deaths = DeathCount(.withoutComingUp(2))
        #expect(deaths.died(at: 0) == false)
        #expect(deaths.died(at: 0) == false)
        deaths.cameUp()
        #expect(deaths.died(at: 0) == false)
        #expect(deaths.died(at: 0) == false)
        #expect(deaths.died(at: 0) == true)
    }

    @Test(arguments: [
        (Supervisor.End.reboot, Machine.Ending.reboot), (.gaveUp, .reboot), (.powerOff, .powerOff),
        (.stopped(signal: SIGTERM), .reboot), (.stopped(signal: SIGINT), .reboot),
        (.stopped(signal: SIGUSR1), .powerOff), (.stopped(signal: SIGUSR2), .powerOff),
        (.stopped(signal: SIGPWR), .powerOff), (.abandoned(signal: SIGINT), .reboot),
    ])
    func `every end of the runtime has its end of the machine`(end: Supervisor.End, ending: Machine.Ending) {
        #expect(Machine.ending(after: end) == ending)
    }

    @Test func `a shell needs a login, unless it is told otherwise`() {
        var settings = MachineSettings()
        let all: Set<String> = ["/bin/sh", "/bin/login", "/sbin/getty"]
        func program(_ there: Set<String>) -> [String]? {
            ConsoleShell.program(settings, terminal: "/dev/ttyS0", exists: there.contains)
        }
        #expect(program(all) == ["/sbin/getty", "-L", "115200", "ttyS0"])
        #expect(program(["/bin/sh", "/bin/login"]) == ["/bin/login"])
        #expect(program(["/bin/sh"]) == nil)
        settings.shellNeedsNoLogin = true
        #expect(program(all) == ["/bin/sh", "-l"])
        settings.offersShell = false
        #expect(program(all) == nil)
    }
}
