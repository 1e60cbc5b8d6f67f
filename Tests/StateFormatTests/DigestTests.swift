import JSON
import Model
import StateFormat
import Testing

struct DigestTests {
    @Test func `the digest does not depend on the revision`() throws {
        #expect(try digests("minimal", revision: "1") == (try digests("minimal", revision: "locals/2")))
    }

    @Test func `the digest is the SHA-256 of the entries and what they depend on`() throws {
        let digest = try #require(try digests("minimal")["web"])
        #expect(digest == "5ea19d66798c72e9bc6340f4681e90f4092bbe5b5d9c935f7b6ae1bb4de64ac1")
    }

    @Test(
        arguments: [
            (
                "overlay-config", "/_config~1web~1etc~1web.conf", JSONValue.string(String(repeating: "0", count: 64)),
                ["web"]
            ),
            ("overlay-config", "/_config~1web~1etc~1app~1settings.json/colour", "red", ["web"]),
            ("explicit-groups", "/broker~1root.squashfs", .string(String(repeating: "0", count: 64)), ["broker"]),
            ("explicit-groups", "/late~1run.json/roles", ["nobody"], ["late"]),
            ("explicit-groups", "/device.json/groups/1/status_goal", "STARTED", ["broker"]),
            ("explicit-groups", "/device.json/groups/1/timeout", 7, []),
            ("explicit-groups", "/device.json/remount", ["default": []], ["broker", "files", "late", "web"]),
            ("network-pools", "/device.json/network/pools/wifi/nat", true, ["both"]),
            ("disks", "/device.json/disks/0/path", "/elsewhere", ["web"]),
            ("source-files", "/web~1src.json/template", "other", []),
        ] as [(String, String, JSONValue, [String])])
    func `a change restarts those it concerns`(name: String, path: String, value: JSONValue, names: [String]) throws {
        var json = try Manifests.document(name).json
        let before = try digests(name)
        json.set(JSONPointer(escaped: path).tokens[...], value)
        let after = try StateDocument(json).expansion(of: "1").containers
        #expect(after.filter { before[$0.name] != $0.spec.inputsDigest }.map(\.name).sorted() == names)
    }

    private func digests(_ name: String, revision: String = "1") throws -> [String: String] {
        let containers = try Manifests.document(name).expansion(of: revision).containers
        return Dictionary(uniqueKeysWithValues: containers.map { ($0.name, $0.spec.inputsDigest) })
    }
}

extension JSONValue {
    /// Puts a value at a path, making the members that are missing.
    mutating func set(_ path: ArraySlice<String>, _ value: JSONValue) {
        guard let key = path.first else {
            self = value
            return
        }
        if case .array(var elements) = self, let index = Int(key) {
            elements[index].set(path.dropFirst(), value)
            self = .array(elements)
        } else {
            var object = self.object ?? [:]
            var member = object[key] ?? [:]
            member.set(path.dropFirst(), value)
            object[key] = member
            self = .object(object)
        }
    }
}
