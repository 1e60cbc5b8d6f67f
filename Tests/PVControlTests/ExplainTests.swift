import JSON
import Testing

@testable import PVControl

/// Documents as the server would have them, with only what explanations look at.
private enum Made {
    static func resource(
        _ kind: String, _ name: String, spec: JSONObject = [:], status: JSONObject = [:],
        conditions: [JSONValue] = [], deleting finalizers: [JSONValue]? = nil
    ) -> JSONValue {
        var status = status
        status["conditions"] = .array(conditions)
        var metadata: JSONObject = ["name": .string(name)]
        if let finalizers {
            metadata["deletionTimestamp"] = "2026-01-31T23:59:59Z"
            metadata["finalizers"] = .array(finalizers)
        }
        return [
            "apiVersion": "pantavisor.io/v1", "kind": .string(kind), "metadata": .object(metadata),
            "spec": .object(spec), "status": .object(status),
        ]
    }

    static func condition(_ type: String, _ status: String, _ reason: String, _ message: String = "") -> JSONValue {
        ["type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message)]
    }

    static func container(
        _ name: String, group: String = "app", goal: String = "STARTED", phase: String, run: String = "Running",
        status: JSONObject = [:], recovery: JSONObject = ["policy": "no", "maxRetries": 0],
        _ conditions: JSONValue...
    ) -> JSONValue {
        var status = status
        status["phase"] = .string(phase)
        if status["goal"] == nil { status["goal"] = "UNACHIEVED" }
        return resource(
            "Container", name,
            spec: [
                "group": .string(group), "statusGoal": .string(goal), "run": .string(run),
                "autoRecovery": .object(recovery),
            ], status: status, conditions: conditions)
    }

    static func group(
        _ name: String, order: Int64, goal: String, reached: Int64, of members: Int64, isOpen: Bool = true
    ) -> JSONValue {
        resource(
            "Group", name, spec: ["order": .integer(order), "statusGoal": "STARTED", "timeout": 30],
            status: ["goal": .string(goal), "membersReached": .integer(reached), "members": .integer(members)],
            conditions: [condition("Open", isOpen ? "True" : "False", isOpen ? "EarlierGroupsDone" : "Blocked")])
    }

    static func device(_ phase: String, power: String = "on", status: JSONObject = [:]) -> JSONValue {
        var status = status
        status["phase"] = .string(phase)
        return resource("Device", "self", spec: ["power": .string(power)], status: status)
    }
}

struct ExplainTests {
    private func lines(_ title: String, _ documents: [JSONValue]) throws -> String {
        let witness = try #require(documents.map { Witness(document: $0) }.first { $0.title == title })
        return Explainer(Evidence(documents)).explain(witness).lines().joined(separator: "\n")
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let subject: String
        let documents: [JSONValue]
        let expected: String

        init(_ description: String, _ subject: String, _ documents: [JSONValue], _ expected: String) {
            testDescription = description
            self.subject = subject
            self.documents = documents
            self.expected = expected
        }
    }

    private static let crashing = Made.container(
        "db", group: "root", phase: "RECOVERING", status: ["retries": 2, "lastExit": ["code": 3]],
        recovery: ["policy": "on-failure", "maxRetries": 5])
    private static let shut = Made.container(
        "web", phase: "BLOCKED", Made.condition("GateOpen", "False", "Blocked", "group app: waits for group root"))

    static let containerCases: [Case] = [
        Case(
            "at its goal", "container/web", [Made.container("web", phase: "READY", status: ["goal": "ACHIEVED"])],
            "container/web is at its goal: READY"),
        Case(
            "not yet stable", "container/web",
            [Made.container("web", phase: "STARTED", status: ["goal": "ACHIEVED", "isStable": false])],
            "container/web is at its goal: STARTED, and not yet stable"),
        Case(
            "stopped by a user", "container/web", [Made.container("web", phase: "STOPPED", run: "Stopped")],
            """
            container/web is STOPPED
            └─ a user stopped it

            Cause:  a user stopped it
            Remedy: pvcontrol containers start web
            """),
        Case(
            "an earlier group's container crashes", "container/web",
            [
                shut, crashing, Made.group("root", order: 0, goal: "UNACHIEVED", reached: 0, of: 1),
                Made.group("app", order: 1, goal: "UNACHIEVED", reached: 0, of: 1, isOpen: false),
            ],
            """
            container/web is not at its goal: it is BLOCKED, its goal is STARTED
            └─ its group app is not open
               └─ group/root is not at its goal: 0 of 1 members are at STARTED
                  └─ container/db is not at its goal: it is RECOVERING, its goal is STARTED
                     └─ it waits for its next start (retry 2 of 5)
                        └─ it exited with code 3

            Cause:  it exited with code 3
            Remedy: pvcontrol logs db
            """),
        Case(
            "retries used up", "container/web",
            [
                Made.container(
                    "web", phase: "STOPPED", status: ["stopReason": "RetriesExhausted", "lastExit": ["signal": 9]],
                    recovery: ["policy": "always", "maxRetries": 4])
            ],
            """
            container/web is not at its goal: it is STOPPED, its goal is STARTED
            └─ all 4 retries are used up
               └─ it was killed by signal 9

            Cause:  it was killed by signal 9
            Remedy: pvcontrol logs web; look for 'out of memory' in the kernel's log
            """),
        Case(
            "not restarted by its policy", "container/web",
            [
                Made.container(
                    "web", phase: "STOPPED", status: ["stopReason": "Failed", "lastExit": ["code": 127]])
            ],
            """
            container/web is not at its goal: it is STOPPED, its goal is STARTED
            └─ auto_recovery is "no", so it is not started again
               └─ it exited with code 127

            Cause:  it exited with code 127
            Remedy: its program is missing or not executable: pvcontrol logs web
            """),
        Case(
            "ended by itself", "container/web",
            [Made.container("web", phase: "STOPPED", status: ["stopReason": "Completed"])],
            """
            container/web is not at its goal: it is STOPPED, its goal is STARTED
            └─ it ended by itself with success, and auto_recovery is "no"

            Cause:  it ended by itself with success, and auto_recovery is "no"
            Remedy: pvcontrol containers start web; or policy "always" if it should run for ever
            """),
        Case(
            "cannot start", "container/web",
            [
                Made.container(
                    "web", phase: "RECOVERING", status: ["retries": 1, "lastExit": ["failure": "no rootfs"]])
            ],
            """
            container/web is not at its goal: it is RECOVERING, its goal is STARTED
            └─ it waits for its next start (retry 1)
               └─ it could not be started: no rootfs

            Cause:  it could not be started: no rootfs
            Remedy: pvcontrol logs web --source lxc; then correct its configuration or image
            """),
        Case(
            "has not signalled", "container/web", [Made.container("web", goal: "READY", phase: "STARTED")],
            """
            container/web is not at its goal: it is STARTED, its goal is READY
            └─ it runs, and has not signalled that it is ready

            Cause:  it runs, and has not signalled that it is ready
            Remedy: the container must run 'pvcontrol signal ready'; see pvcontrol logs web
            """),
        Case(
            "a volume's mount fails", "container/web",
            [
                Made.container("web", phase: "INSTALLED", Made.condition("VolumesMounted", "False", "Waiting")),
                Made.resource(
                    "Volume", "web:root.squashfs", spec: ["container": "web"], status: ["isMounted": false],
                    conditions: [Made.condition("Progressing", "False", "Mount", "wrong fs type")]),
            ],
            """
            container/web is not at its goal: it is INSTALLED, its goal is STARTED
            └─ it waits for its volumes
               └─ volume/web:root.squashfs is held up by a failure
                  └─ Mount failed: wrong fs type

            Cause:  Mount failed: wrong fs type
            Remedy: the image is damaged or of another type than its name says: build and install it again
            """),
        Case(
            "a driver fails", "container/web",
            [
                Made.container(
                    "web", phase: "STARTING",
                    Made.condition("Progressing", "False", "WriteJournal", "No space left on device"))
            ],
            """
            container/web is held up by a failure
            └─ WriteJournal failed: No space left on device

            Cause:  WriteJournal failed: No space left on device
            Remedy: free space: remove revisions or data ('pvcontrol storage gc')
            """),
        Case(
            "its group does not exist", "container/web", [shut],
            """
            container/web is not at its goal: it is BLOCKED, its goal is STARTED
            └─ its group app does not exist

            Cause:  its group app does not exist
            Remedy: name a group that device.json has
            """),
        Case(
            "nobody looked yet", "container/web",
            [Made.container("web", phase: "INSTALLED", status: ["process": "Unknown"])],
            """
            container/web is not at its goal: it is INSTALLED, its goal is STARTED
            └─ nobody has looked yet whether it runs

            Cause:  nobody has looked yet whether it runs
            Remedy: wait a moment; if it stays so, look at Pantavisor's own log
            """),
        Case(
            "being removed", "container/web",
            [Made.resource("Container", "web", deleting: ["pantavisor.io/stop"])],
            """
            container/web is being removed
            └─ it waits for pantavisor.io/stop

            Cause:  it waits for pantavisor.io/stop
            Remedy: wait; 'pvcontrol events container/web' shows what is being done
            """),
    ]

    static let otherCases: [Case] = [
        Case(
            "a group that ran out of time", "group/root",
            [crashing, Made.group("root", order: 0, goal: "TIMEDOUT", reached: 0, of: 1)],
            """
            group/root is not at its goal: 0 of 1 members are at STARTED after 30 s, so later groups started without it
            └─ container/db is not at its goal: it is RECOVERING, its goal is STARTED
               └─ it waits for its next start (retry 2 of 5)
                  └─ it exited with code 3

            Cause:  it exited with code 3
            Remedy: pvcontrol logs db
            """),
        Case(
            "a device that waits for two containers", "device/self",
            [
                Made.device("Converging"), Made.group("app", order: 0, goal: "UNACHIEVED", reached: 0, of: 2),
                Made.container("a", phase: "STARTING"), Made.container("b", goal: "READY", phase: "STARTED"),
            ],
            """
            device/self is Converging: 1 of its groups are not at their goal
            └─ group/app is not at its goal: 0 of 2 members are at STARTED
               ├─ container/a is not at its goal: it is STARTING, its goal is STARTED
               │  └─ it is being started
               └─ container/b is not at its goal: it is STARTED, its goal is READY
                  └─ it runs, and has not signalled that it is ready

            Cause:  it is being started
            Remedy: wait; pvcontrol logs a --source lxc says how far it is

            Cause:  it runs, and has not signalled that it is ready
            Remedy: the container must run 'pvcontrol signal ready'; see pvcontrol logs b
            """),
        Case(
            "a device without a revision", "device/self", [Made.device("Booting")],
            """
            device/self is Booting: nothing of a revision runs yet
            └─ the device has no revision

            Cause:  the device has no revision
            Remedy: install one and run it: pvcontrol cmd run REVISION
            """),
        Case(
            "a revision with an error", "device/self",
            [
                Made.device("Booting", status: ["currentRevision": "3"]),
                Made.resource(
                    "Revision", "3", spec: ["revision": "3"], status: ["phase": "NEW"],
                    conditions: [Made.condition("Valid", "False", "InvalidState", "/web/run.json: no type")]),
            ],
            """
            device/self is Booting: nothing of a revision runs yet
            └─ revision/3 is not valid
               └─ /web/run.json: no type

            Cause:  /web/run.json: no type
            Remedy: correct the state and install it under another name
            """),
        Case(
            "a device that must reboot", "device/self",
            [Made.device("Stopping", status: ["rebootReason": "container db: RetriesExhausted"])],
            """
            device/self is Stopping
            └─ it must reboot: container db: RetriesExhausted

            Cause:  it must reboot: container db: RetriesExhausted
            Remedy: it reboots by itself; see to the container, or change its backoff_policy
            """),
        Case(
            "a revision that does not run", "revision/locals.x",
            [
                Made.device("Ready", status: ["currentRevision": "3"]),
                Made.resource(
                    "Revision", "locals.x", spec: ["revision": "locals/x"], status: ["phase": "NEW"],
                    conditions: [Made.condition("Active", "False", "NotCurrent")]),
            ],
            """
            revision/locals.x is NEW, and not the one that runs
            └─ the device runs revision 3

            Cause:  the device runs revision 3
            Remedy: to run this one: pvcontrol cmd run locals/x
            """),
        Case(
            "a volume that is not supported", "volume/web:data",
            [
                Made.resource(
                    "Volume", "web:data", spec: ["container": "web"], status: ["isMounted": false],
                    conditions: [Made.condition("Mounted", "False", "NotSupported", "disk \"d\" cannot be opened")])
            ],
            """
            volume/web:data is not mounted
            └─ disk "d" cannot be opened

            Cause:  disk "d" cannot be opened
            Remedy: take the setting out of the revision, or update Pantavisor
            """),
        Case(
            "a kind without rules", "link/a", [Made.resource("Link", "a", status: ["phase": "Bound"])],
            "link/a has nothing that holds it up: Bound"),
    ]

    @Test(arguments: containerCases + otherCases)
    func `the path ends with the cause and the remedy`(example: Case) throws {
        #expect(try lines(example.subject, example.documents) == example.expected)
    }
}
