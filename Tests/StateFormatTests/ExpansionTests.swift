import JSON
import Model
import StateFormat
import Testing

struct ExpansionTests {
    @Test func `containers without a group go to platform and the first to root`() throws {
        let expansion = try Manifests.document("default-groups-first-is-root").expansion(of: "1")
        #expect(expansion.groups.map(\.name) == ["data", "root", "platform", "app"])
        #expect(
            expansion.containers.map { "\($0.name) \($0.spec.group)" } == ["alpha root", "beta platform", "gamma app"])
    }

    @Test func `a container in root keeps the others out of it`() throws {
        let expansion = try Manifests.document("default-groups").expansion(of: "1")
        let groups = expansion.containers.map { "\($0.name) \($0.spec.group)" }
        #expect(groups == ["assets data", "system root", "net platform", "web app"])
    }

    @Test func `with groups of its own a revision's last one takes who names none`() throws {
        let expansion = try Manifests.document("explicit-groups").expansion(of: "1")
        let groups = expansion.containers.map { "\($0.name) \($0.spec.group)" }
        #expect(groups == ["files base", "broker middle", "web apps", "late apps"])
        #expect(expansion.containers.map(\.spec.statusGoal) == [.mounted, .ready, .started, .started])
        #expect(expansion.containers.map(\.spec.isRunnable) == [false, true, true, true])
        #expect(
            expansion.groups.map(\.spec) == [
                Group.Spec(
                    order: 0, description: "What everything needs.", statusGoal: .mounted, restartPolicy: .system,
                    timeout: 10),
                Group.Spec(order: 1, statusGoal: .ready), Group.Spec(order: 2, timeout: 60),
            ])
    }

    @Test func `default groups are those of the format`() throws {
        let recovery = AutoRecovery(
            policy: .onFailure, maxRetries: 5, retryDelay: 5, backoffFactor: 2, stableTimeout: 30)
        let expected = [
            Group.Spec(order: 0, statusGoal: .mounted, restartPolicy: .system),
            Group.Spec(order: 1, restartPolicy: .system), Group.Spec(order: 2, restartPolicy: .system),
            Group.Spec(order: 3, autoRecovery: recovery),
        ]
        #expect(try Manifests.document("minimal").expansion(of: "1").groups.map(\.spec) == expected)
    }

    @Test func `a container's auto_recovery replaces its group's as a whole`() throws {
        let containers = try Manifests.document("auto-recovery").expansion(of: "1").containers
        let recoveries = Dictionary(uniqueKeysWithValues: containers.map { ($0.name, $0.spec.autoRecovery) })
        #expect(
            recoveries == [
                "r-none": AutoRecovery(policy: .always, maxRetries: 3, retryDelay: 2),
                "r-no": AutoRecovery(policy: .no),
                "r-empty": AutoRecovery(policy: .no),
                "r-always": AutoRecovery(policy: .always, retryDelay: 1),
                "r-on-failure": AutoRecovery(
                    policy: .onFailure, maxRetries: 5, retryDelay: 5, backoffFactor: 2, resetWindow: 600,
                    stableTimeout: 30),
                "r-unless-stopped": AutoRecovery(policy: .unlessStopped, backoffPolicy: .never),
                "r-seconds": AutoRecovery(
                    policy: .always, maxRetries: 1, backoffPolicy: .pause(seconds: 30, text: "30s")),
                "r-minutes": AutoRecovery(
                    policy: .always, maxRetries: 1, backoffPolicy: .pause(seconds: 600, text: "10min")),
                "r-hours": AutoRecovery(
                    policy: .always, maxRetries: 1, backoffPolicy: .pause(seconds: 3600, text: "1h")),
                "p-none": AutoRecovery(policy: .no),
            ])
    }

    @Test func `a group with auto_recovery does not break the ones after it`() throws {
        let document = try Manifests.document("auto-recovery-in-the-middle")
        #expect(document.groups.map(\.name) == ["first", "second", "third"])
        #expect(document.groups.map(\.timeout) == [30, 30, 5])
        #expect(document.groups.map(\.statusGoal) == [.started, .ready, .started])
    }

    @Test func `a container overrides goal and restart policy of its group`() throws {
        let web = try #require(try Manifests.document("group-overrides").expansion(of: "1").containers.first)
        #expect(web.spec.statusGoal == .ready)
        #expect(web.spec.restartPolicy == .system)
    }

    @Test func `volumes are images, files, directories and storage`() throws {
        let volumes = try Manifests.document("volumes").expansion(of: "locals/x").volumes
        let shown = volumes.map { "\($0.name) \($0.spec.source.rawValue) \($0.spec.filesystem ?? "-")" }
        #expect(
            shown == [
                "web:root.squashfs image squashfs", "web:root.ovl.squashfs image squashfs", "web:data.ext4 image ext4",
                "web:hosts.bind file -", "web:site.data directory -", "web:lxc-overlay boot -",
            ])
        let hasObject = volumes.map { $0.spec.object != nil }
        #expect(hasObject == [true, true, true, true, false, false])
    }

    @Test func `storage has its persistence and disk, and an entry without one is skipped`() throws {
        let volumes = try Manifests.document("storage").expansion(of: "1").volumes.dropFirst()
        let shown = volumes.map { "\($0.spec.volume) \($0.spec.source.rawValue)" }
        #expect(shown == ["docker--var-cache revision", "docker--var-lib-web permanent", "lxc-overlay boot"])
        let onDisks = try Manifests.document("disks").expansion(of: "1").volumes.dropFirst()
        #expect(onDisks.map(\.spec.disk) == [nil, "keys"])
    }

    @Test func `an image behind dm-verity keeps its plain name`() throws {
        let volume = try #require(try Manifests.document("verity").expansion(of: "1").volumes.first)
        #expect(volume.name == "web:root.squashfs")
        #expect(volume.spec.handler == "dm")
        #expect(volume.spec.filesystem == "squashfs")
    }

    @Test func `resources carry the revision's label and their finalizers`() throws {
        let expansion = try Manifests.document("minimal").expansion(of: "locals/try")
        let labels = ["pantavisor.io/revision": "locals.try"]
        #expect(expansion.groups.allSatisfy { $0.metadata.labels == labels && $0.metadata.finalizers.isEmpty })
        #expect(expansion.containers.map(\.metadata.labels) == [labels])
        #expect(expansion.containers.map(\.metadata.finalizers) == [[Container.stopFinalizer]])
        #expect(expansion.containers.map(\.spec.revision) == ["locals/try"])
        #expect(expansion.volumes.allSatisfy { $0.metadata.finalizers == [Volume.unmountFinalizer] })
        #expect(expansion.volumes.allSatisfy { $0.metadata.labels == labels && $0.spec.revision == "locals/try" })
    }

    @Test func `a container has what its manifest says`() throws {
        let web = try #require(try Manifests.document("exports-logs-devlog").expansion(of: "1").containers.first)
        var expected = Container.Spec(revision: "1", order: 0, group: "root", config: "lxc.container.conf")
        expected.restartPolicy = .system
        expected.exports = ["/run/web", "/var/www/"]
        expected.logs = ["/var/log/web.log", "/var/log/audit.log"]
        expected.devLog = false
        expected.mountsModulesAndFirmware = false
        expected.inputsDigest = web.spec.inputsDigest
        #expect(web.spec == expected)
        let overlaid = try #require(try Manifests.document("overlay-config").expansion(of: "1").containers.first)
        #expect(overlaid.spec.hasConfigOverlay)
    }

    @Test func `roles default to mgmt and are otherwise what is written`() throws {
        let containers = try Manifests.document("roles").expansion(of: "1").containers
        #expect(
            containers.map { "\($0.name) \($0.spec.roles.map(\.rawValue))" } == [
                #"by-default ["mgmt"]"#, #"manager ["mgmt"]"#, #"nobody ["nobody"]"#, "nothing []", #"future ["mgmt"]"#,
            ])
    }

    @Test func `a device may give nothing to a container that asks for nothing`() throws {
        let object = JSONValue.string(String(repeating: "a", count: 64))
        var state: JSONObject = ["#spec": "pantavisor-service-system@1"]
        for (name, roles) in [("plain", nil), ("empty", []), ("manager", ["mgmt"])] as [(String, JSONValue?)] {
            var manifest: JSONObject = [
                "#spec": "service-manifest-run@1", "name": .string(name), "type": "lxc", "config": "c",
                "root-volume": "r.squashfs",
            ]
            manifest["roles"] = roles
            state["\(name)/run.json"] = .object(manifest)
            state["\(name)/c"] = object
            state["\(name)/r.squashfs"] = object
        }
        let document = try StateDocument(.object(state), options: StateOptions(bsp: .ignored, defaultRole: .nobody))
        let roles = Dictionary(uniqueKeysWithValues: document.containers.map { ($0.name, $0.roles) })
        #expect(roles == ["plain": [.nobody], "empty": [], "manager": [.mgmt]])
    }

    @Test func `drivers are modules, with everybody who asks for them`() throws {
        let run: (String) -> JSONValue = { drivers in
            [
                "#spec": "service-manifest-run@1", "name": "web", "type": "lxc", "config": "c",
                "root-volume": "r.squashfs",
                "drivers": ["required": ["wifi"], "manual": ["wifi", "gps"], "optional": [.string(drivers)]],
            ]
        }
        let object = JSONValue.string(String(repeating: "a", count: 64))
        let document = try StateDocument(
            [
                "#spec": "pantavisor-service-system@1", "web/run.json": run("lost"), "web/c": object,
                "web/r.squashfs": object,
                "bsp/drivers.json": [
                    "#spec": "driver-aliases@1", "all": ["wifi": ["a x=1", "b"], "gps": ["c"], "a/b": ["d"]],
                    "fitconfig:x": ["gps": ["other"]], "fitconfig:y": ["gps": ["none"]],
                ],
            ], options: StateOptions(bsp: .ignored))
        let modules = document.expansion(of: "1", driverScopes: ["all", "fitconfig:x"]).modules
        #expect(modules.map(\.name) == ["gps", "lost", "wifi"])
        #expect(
            modules.map(\.spec) == [
                Module.Spec(revision: "1", modules: ["other"], containers: ["web": "MANUAL"]),
                Module.Spec(revision: "1", modules: [], containers: ["web": "OPTIONAL"]),
                Module.Spec(revision: "1", modules: ["a x=1", "b"], containers: ["web": "REQUIRED"]),
            ])
        #expect(modules.map(\.spec.isWanted) == [false, true, true])
    }
}
