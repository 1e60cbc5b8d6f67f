import Drivers
import FakeDrivers
import JSON
import Model
import Simulator
import Store
import Testing

struct RecoveryStories {
    private let recovering: JSONValue = [
        "group": "app",
        "auto_recovery": [
            "policy": "on-failure", "max_retries": 3, "retry_delay": 2, "backoff_factor": 2.0,
            "backoff_policy": "never",
        ],
    ]

    @Test func `a container that crashes twice comes back and stays`() {
        let story = Story(containers: ["web": recovering], behaving: ["web": .crashes(times: 2)])
        #expect(story.run() == .quiet)
        #expect(story.phase("web") == .started)
        #expect(story.container("web")?.status.restarts == 2)
        #expect(story.device?.status.phase == .ready)
    }

    @Test func `a crash loop ends when the retries are used up, and says so`() {
        let story = Story(containers: ["web": recovering], behaving: ["web": .exits(7, after: .milliseconds(100))])
        #expect(story.run() == .quiet)
        #expect(story.phase("web") == .stopped)
        #expect(story.starts(of: "web") == 4)
        #expect(story.container("web")?.status.conditions["Recovered"]?.reason == "RetriesExhausted")
        #expect(story.device?.status.phase == .degraded)
    }

    @Test func `used-up retries with backoff_policy reboot stop everything and reboot the device`() {
        let manifest: JSONValue = [
            "group": "app", "auto_recovery": ["policy": "always", "max_retries": 1, "backoff_policy": "reboot"],
        ]
        let story = Story(
            containers: ["web": manifest, "other": ["group": "root"]],
            behaving: ["web": .exits(1, after: .milliseconds(100))])
        story.simulation.reboots = false
        #expect(story.run() == .ended(.reboot))
        #expect(story.simulation.world.running.isEmpty)
        #expect(story.simulation.world.mountPoints.isEmpty)
    }

    @Test func `used-up retries with a pause begin anew after it`() {
        let manifest: JSONValue = [
            "group": "app", "auto_recovery": ["policy": "always", "max_retries": 1, "backoff_policy": "1min"],
        ]
        let story = Story(containers: ["web": manifest], behaving: ["web": .crashes(times: 2)])
        #expect(story.run(to: 50) == .outOfTime)
        #expect(story.phase("web") == .recovering)
        #expect(story.run() == .quiet)
        #expect(story.phase("web") == .started)
    }

    @Test func `on-failure leaves a container that ended well as it is`() {
        let story = Story(containers: ["job": recovering], behaving: ["job": .exits(0, after: .seconds(1))])
        #expect(story.run() == .quiet)
        #expect(story.phase("job") == .stopped)
        #expect(story.container("job")?.status.stopReason == .completed)
        #expect(story.starts(of: "job") == 1)
    }

    @Test func `policy no beats the policy of the group`() {
        let story = Story(
            containers: ["web": ["group": "app", "auto_recovery": ["policy": "no"]]],
            behaving: ["web": .crashes(times: 1)])
        #expect(story.run() == .quiet)
        #expect(story.phase("web") == .stopped)
        #expect(story.container("web")?.status.stopReason == .failed)
    }

    @Test func `a user's stop during recovery ends it, and a start begins with no retries counted`() {
        let story = Story(containers: ["web": recovering], behaving: ["web": .crashes(times: 3)])
        story.user(at: 4, wants: .stopped, of: "web")
        #expect(story.run(to: 60) == .quiet)
        #expect(story.phase("web") == .stopped)
        #expect(story.container("web")?.status.stopReason == .user)
        story.user(at: 61, wants: .running, of: "web")
        story.run()
        #expect(story.phase("web") == .started)
    }

    @Test func `a container that ignores its halt signal is killed after the grace`() {
        let story = Story(containers: ["web": ["group": "app"]], behaving: ["web": .stubborn])
        story.user(at: 10, wants: .stopped, of: "web")
        #expect(story.run(to: 14) == .outOfTime)
        #expect(story.phase("web") == .stopping)
        story.run()
        #expect(story.phase("web") == .stopped)
    }

    @Test func `a container that cannot be started says why`() {
        let story = Story(containers: ["web": recovering], behaving: ["web": .refuses("no such init: /sbin/init")])
        story.run()
        let condition = story.container("web")?.status.conditions["Started"]
        #expect(condition?.reason == "StartFailed")
        #expect(condition?.message.contains("no such init: /sbin/init") == true)
        #expect(story.phase("web") == .stopped)
    }
}
