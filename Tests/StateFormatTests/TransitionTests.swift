import JSON
import StateFormat
import Testing

struct TransitionTests {
    @Test(arguments: Manifests.valid)
    func `a revision and itself run the same`(name: String) throws {
        let document = try Manifests.document(name)
        let transition = Transition(from: document, to: document)
        #expect(transition.isEmpty)
        #expect(transition.changes.map(\.container) == document.containers.map(\.name))
    }

    @Test(
        arguments: [
            ("explicit-groups", "/web~1root.squashfs", hash, "web", ["web/root.squashfs changed"]),
            ("explicit-groups", "/web~1run.json/roles", ["nobody"], "web", ["web/run.json changed"]),
            ("explicit-groups", "/web~1motd", hash, "web", ["web/motd added"]),
        ] as [(String, String, JSONValue, String, [String])])
    func `a change of a container restarts only that one`(
        name: String, path: String, value: JSONValue, container: String, reasons: [String]
    ) throws {
        let transition = try change(name, path, to: value)
        #expect(transition.rebootReasons == [])
        #expect(
            transition.changes.filter { $0.effect != .keep } == [
                Transition.Change(container: container, effect: .restart, reasons: reasons)
            ])
    }

    @Test(
        arguments: [
            ("explicit-groups", "/device.json/groups/2/timeout", 61, "device.json changed"),
            ("explicit-groups", "/README.md", hash, "README.md added"),
            (
                "explicit-groups", "/files~1root.squashfs", hash,
                "files/root.squashfs changed, and files has restart_policy system"
            ),
            (
                "explicit-groups", "/web~1run.json/restart_policy", "system",
                "web/run.json changed, and web has restart_policy system"
            ),
            (
                "overlay-config", "/_config~1web~1etc~1web.conf", hash,
                "_config/web/etc/web.conf changed, and web has restart_policy system"
            ),
            ("bsp-linux", "/bsp~1kernel.img", hash, "bsp/kernel.img changed"),
        ] as [(String, String, JSONValue, String)])
    func `a change of what belongs to no container, or to a system one, needs a reboot`(
        name: String, path: String, value: JSONValue, reason: String
    ) throws {
        #expect(try change(name, path, to: value).rebootReasons == [reason])
        // And so does the way back.
        let there = try documents(name, path, value)
        #expect(Transition(from: there.after, to: there.before).needsReboot)
    }

    @Test(
        arguments: [
            ("source-files", "/web~1src.json/template", "other"),
            ("signatures", "/_sigs~1web.json/signature", "other"),
        ] as [(String, String, JSONValue)])
    func `what the device does not run changes nothing`(name: String, path: String, value: JSONValue) throws {
        let both = try documents(name, path, value)
        #expect(both.before != both.after)
        #expect(Transition(from: both.before, to: both.after).isEmpty)
    }

    @Test func `containers come and go`() throws {
        let before = try Manifests.document("explicit-groups")
        let members = try #require(before.json.object)
        let after = try StateDocument(
            .object(JSONObject(members.filter { !$0.key.hasPrefix("late/") })))
        let gone = Transition(from: before, to: after)
        #expect(gone.rebootReasons == [])
        #expect(gone.changes.map(\.effect) == [.keep, .keep, .stop, .keep])
        #expect(gone.changes[2].reasons == ["late/run.json removed"])
        let back = Transition(from: after, to: before)
        #expect(back.changes.map(\.effect) == [.keep, .keep, .start, .keep])
    }

    private func change(_ name: String, _ path: String, to value: JSONValue) throws -> Transition {
        let both = try documents(name, path, value)
        return Transition(from: both.before, to: both.after)
    }

    private func documents(
        _ name: String, _ path: String, _ value: JSONValue
    ) throws -> (before: StateDocument, after: StateDocument) {
        let before = try Manifests.document(name)
        var json = before.json
        json.set(JSONPointer(escaped: path).tokens[...], value)
        return (before, try StateDocument(json))
    }
}

private let hash = JSONValue.string(String(repeating: "0", count: 64))
