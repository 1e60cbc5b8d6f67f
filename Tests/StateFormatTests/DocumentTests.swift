import JSON
import Model
import StateFormat
import Testing

struct DocumentTests {
    @Test(arguments: Manifests.valid)
    func `the order of members means nothing but the containers' order`(name: String) throws {
        let document = try Manifests.document(name)
        let members = Array(try #require(document.json.object))
        for seed in 1...5 as ClosedRange<UInt64> {
            var generator = SplitMix(state: seed)
            let shuffled = try StateDocument(.object(JSONObject(members.shuffled(using: &generator))))
            #expect(shuffled.parts == document.parts)
            #expect(shuffled.expansion(of: "1").withoutOrder == document.expansion(of: "1").withoutOrder)
        }
    }

    @Test func `containers are listed in the order of the document`() throws {
        let names = try Manifests.document("odd-order").expansion(of: "1").containers.map(\.name)
        #expect(names == ["late", "web", "broker", "files"])
    }

    @Test func `members that are unknown or do nothing are warned of`() throws {
        #expect(
            try Manifests.document("unknown-members").warnings.map(\.description) == [
                "/device.json/groups/0/colour: is not known here and does nothing",
                "/device.json/network/dns: is not known here and does nothing",
                "/device.json/weather: is not known here and does nothing",
                "/web~1run.json/config-x: is not known here and does nothing",
                "/web~1run.json/shiny: is not known here and does nothing",
                "/web~1run.json/x: is not known here and does nothing",
            ])
        #expect(try Manifests.document("minimal").warnings == [])
        #expect(
            try Manifests.document("legacy-ignored").warnings.map(\.path) == ["/disks.json", "/groups.json"])
        #expect(try Manifests.document("disks-dual").warnings.map(\.path) == ["/device.json/disks_v3/3/type"])
    }

    @Test func `files are objects and documents by path`() throws {
        let document = try Manifests.document("source-files")
        #expect(
            document.files.keys.sorted() == [
                "_hostconfig/pvr/docker.json", "web/README.md", "web/large.json", "web/lxc.container.conf",
                "web/root.squashfs", "web/run.json", "web/src.json",
            ])
        #expect(document.files["_hostconfig/pvr/docker.json"] == .document(["platforms": ["linux/arm64"]]))
        #expect(document.files["web/large.json"]?.object?.utf8.count == 64)
        #expect(document.objects.count == 4)
    }

    @Test func `device.json is read whole when it gives no groups`() throws {
        let document = try Manifests.document("device-without-groups")
        #expect(document.groups.map(\.name) == ["data", "root", "platform", "app"])
        #expect(document.device.disks.names == ["store"])
        #expect(document.device.pools.map(\.name) == ["lan"])
    }

    @Test func `disks keep all their entries`() throws {
        let disks = try Manifests.document("disks").device.disks
        #expect(disks.names == ["secrets", "swap", "caam", "dcp"])
        #expect(disks["certs"]?.mountOptions == "noatime")
        #expect(disks.defaultDisk?.name == "secrets")
        #expect(disks.disks.map(\.mode) == [nil, nil, .nxp, .mainline])
        let dual = try Manifests.document("disks-dual").device.disks["both"]
        #expect(dual?.parts == ["old", "new"])
        #expect(dual?.initOrder == ["new", "old"])
        #expect(dual?.migratesKeyBlob == true)
    }

    @Test func `pools and interfaces are typed`() throws {
        let document = try Manifests.document("network-pools")
        #expect(
            document.device.pools.map { "\($0.name) \($0.device) \($0.subnet) \($0.gateway) \($0.nat)" } == [
                "lan pvbr0 10.0.3.0/24 10.0.3.1 true", "wifi wlan0 192.168.7.0/28 192.168.7.1 false",
            ])
        let fixed = try #require(document[container: "fixed"]?.network.interfaces.first)
        #expect(fixed.address?.description == "10.0.3.7")
        #expect(fixed.hardwareAddress == "02:00:0a:00:03:07")
        #expect(document[container: "both"]?.network.interfaces.map(\.pool) == ["lan", "wifi"])
        #expect(document[container: "dynamic"]?.network.hostname == "dynamic.local")
        #expect(document[container: "alone"]?.network.mode == ContainerNetwork.Mode.none)
    }

    @Test func `services are exports and requirements`() throws {
        let document = try Manifests.document("services")
        #expect(
            document[container: "store"]?.exportedServices == [
                .endpoint(name: "api", type: .rest, endpoint: "/run/store/api.sock"),
                .endpoint(name: "raw", type: .unix, endpoint: "/run/store/raw.sock"),
                .busName(owned: "org.example.Store", bus: "system-bus", role: "store-service", allow: ["operator"]),
                .endpoint(name: "gpu", type: .drm, endpoint: "/dev/dri/renderD128"),
            ])
        let requirements = try #require(document[container: "client"]?.requirements)
        #expect(requirements.map(\.name) == ["api", "display", "missing", "other"])
        #expect(requirements.map(\.isRequired) == [true, true, false, false])
        #expect(requirements.first?.target == "/run/pv/services/api.sock")
    }

    @Test func `the BSP, its drivers and signatures are kept`() throws {
        let bsp = try #require(try Manifests.document("bsp-linux").bsp)
        #expect(bsp.addons == ["addon-plymouth.cpio.xz4", "extra.cpio"])
        #expect(bsp.modulesByRelease == ["6.12.3-yocto": "modules-6.12.squashfs"])
        #expect(bsp.isBootable)
        let drivers = try #require(try Manifests.document("drivers").drivers)
        #expect(drivers.aliases["all"]?["wifi"] == ["brcmfmac debug=${user-meta:wifi.debug}", "brcmutil"])
        #expect(drivers.aliases.keys.sorted() == ["all", "dtb:board-a.dtb", "fitconfig:conf-1", "ovl:hat"])
        #expect(try Manifests.document("signatures").signatures.keys.sorted() == ["_sigs/bsp.json", "_sigs/web.json"])
    }

    @Test func `what must boot needs a kernel, and appengine does not care`() throws {
        let incomplete = try Manifests.text("invalid/bsp-incomplete.json")
        #expect(problems(incomplete, options: StateOptions(bsp: .ignored)) == [])
        let minimal = try Manifests.text("revisions/minimal.json")
        #expect(
            problems(minimal, options: StateOptions(bsp: .required)) == [
                "/bsp~1run.json: is missing; this device boots from its revision"
            ])
    }

    @Test func `a hosted system bus cannot be exported by a container`() throws {
        var json = try Manifests.document("services").json
        json.set(["bare/services.json", "0", "name"], "system-bus")
        json.set(["client/run.json", "services"], [:])
        #expect(problems(json.compactBytes()) == [])
        #expect(
            problems(json.compactBytes(), options: StateOptions(hostsSystemBus: true)) == [
                #"/bare~1services.json/0/name: "system-bus" is hosted by the runtime; own a name on it with "owns" instead"#
            ])
    }

    @Test func `what names above a value are like does not make reading it slow`() {
        let long = String(repeating: "x", count: 1 << 20)
        let rules = JSONValue.array(Array(repeating: ["a": 1, "b": 2, "c": "ro"], count: 1000))
        let remount: JSONValue = .object([long: rules, "twin": rules])
        let state: JSONValue = ["#spec": "pantavisor-service-system@1", "device.json": ["remount": remount]]
        let found = problems(state.compactBytes())
        #expect(found.count < 4000)
        #expect(found.first == "/: has 1996 more findings like these")
    }

    @Test func `4096 containers are read and one more is refused`() throws {
        func state(_ count: Int) -> JSONValue {
            var state: JSONObject = ["#spec": "pantavisor-service-system@1", "groups.json": [["name": "all"]]]
            for number in 0..<count {
                let name = "c\(number)"
                state["\(name)/run.json"] = [
                    "name": .string(name), "root-volume": "root.squashfs", "status_goal": "MOUNTED",
                ]
                state["\(name)/root.squashfs"] = .string(String(repeating: "0", count: 64))
            }
            return .object(state)
        }
        #expect(try StateDocument(state(4096)).expansion(of: "1").containers.count == 4096)
        #expect(
            problems(state(4097).compactBytes()) == [
                "/c0~1run.json: is one of 4097 containers; at most 4096 are allowed"
            ])
    }
}

/// A small seeded generator, so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// Everything a document says, but for the order of its containers.
private struct Parts: Equatable {
    var json: JSONValue
    var files: [String: StateFile]
    var device: DeviceManifest
    var groups: [GroupManifest]
    var containers: [ContainerManifest]
    var bsp: BSPManifest?
    var drivers: DriverManifest?
    var signatures: [String: JSONValue]
    var warnings: [ManifestError]
}

extension StateDocument {
    fileprivate var parts: Parts {
        let containers = containers.map {
            var container = $0
            container.order = 0
            return container
        }
        return Parts(
            json: json, files: files, device: device, groups: groups, containers: containers, bsp: bsp,
            drivers: drivers, signatures: signatures, warnings: warnings)
    }
}

extension Expansion {
    fileprivate var withoutOrder: Expansion {
        var copy = self
        for index in copy.containers.indices { copy.containers[index].spec.order = 0 }
        copy.containers.sort { $0.name < $1.name }
        copy.volumes.sort { $0.name < $1.name }
        return copy
    }
}
