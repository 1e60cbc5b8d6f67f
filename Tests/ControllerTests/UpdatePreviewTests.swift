import Controllers
import JSON
import Model
import StateFormat
import Store
import Testing

struct UpdatePreviewTests {
    private let sha = String(repeating: "a", count: 64)
    private let settings: RolloutSettings = {
        var settings = RolloutSettings()
        settings.state = StateOptions(bsp: .ignored)
        return settings
    }()

    private func state(_ members: JSONObject = [:]) -> JSONValue {
        var state: JSONObject = [
            "#spec": "pantavisor-service-system@1",
            "web/run.json": [
                "#spec": "service-manifest-run@1", "name": "web", "type": "lxc", "config": "lxc.container.conf",
                "root-volume": "root.squashfs", "group": "app",
            ],
            "web/lxc.container.conf": .string(sha), "web/root.squashfs": .string(sha),
        ]
        for (key, value) in members { state[key] = value }
        return .object(state)
    }

    private func preview(_ state: JSONValue, _ change: (inout Resource<Device>) -> Void = { _ in }) -> JSONValue {
        let running = Resource<Revision>(name: "1", spec: .init(revision: "1", state: self.state()))
        var storage = Resource<Storage>(name: Storage.selfName, spec: .init())
        storage.status.total = 1 << 20
        storage.status.free = 100_000
        storage.status.reserved = 20_000
        let resources = [
            Samples.device(change).any, running.any, storage.any, Samples.object(sha).any,
        ]
        return UpdatePreview(settings: settings).of(state, in: Snapshot(of: resources))
    }

    @Test func `the running revision changes nothing`() {
        let plan = preview(state())
        #expect(plan["isChange"] == false)
        #expect(plan["containers"] == [["name": "web", "effect": "Keep", "reasons": []]])
    }

    @Test func `a change tells containers, objects, space and order`() {
        let missing = String(repeating: "b", count: 64)
        let plan = preview(state(["web/motd": .string(missing)]))
        #expect(plan["from"] == "1")
        #expect(plan["isChange"] == true)
        #expect(plan["rebootReasons"] == [])
        #expect(plan["containers"] == [["name": "web", "effect": "Restart", "reasons": ["web/motd added"]]])
        #expect(
            plan["objects"] == ["total": 2, "presentBytes": 4096, "missing": [.string(missing)], "damaged": []])
        #expect(plan["space"] == ["needed": 73_728, "available": 80_000, "reclaimable": 0, "fits": true])
        #expect(plan["groups"] == ["data", "root", "platform", "app"])
    }

    @Test func `what stands in the way is told`() {
        let state = state(["note.json": ["text": .string(String(repeating: "x", count: 40_000))]])
        let plan = preview(state) { device in
            device.status.failures = [
                .init(digest: contentDigest(of: state), revision: "locals/bad", message: "it did not come up")
            ]
        }
        #expect(plan["rebootReasons"] == ["note.json added"])
        #expect(plan["space"]?["fits"] == false)
        #expect(plan["failedBefore"] == "locals/bad: it did not come up")
    }

    @Test func `a revision that cannot be used tells every problem`() {
        let plan = preview(["web/run.json": ["name": "other"]])
        #expect(plan["isValid"] == false)
        #expect((plan["problems"]?.array?.count ?? 0) >= 3)
    }
}
