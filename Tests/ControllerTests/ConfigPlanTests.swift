import Controllers
import Drivers
import Engine
import Model
import Store
import Testing

struct ConfigPlanTests {
    private let layout = Layout(storage: "/storage", run: "/run/pv")

    private func plan(
        _ config: Resource<Config>, entries: [ConfigEntry] = [], data: [String: String] = [:],
        warnings: [String] = []
    ) throws -> Plan<Config, ConfigController.Action> {
        let store = ResourceStore(firstVersion: ResourceVersion(1), now: { Timestamp(seconds: 0) }, uid: { "uid" })
        var device = Resource<Device>(name: Device.selfName, spec: Device.Spec())
        device.status.currentRevision = "3"
        try store.create(AnyResource(device))
        try store.create(AnyResource(Resource<UserMeta>(name: UserMeta.selfName, spec: MetaSpec(data: data))))
        let settings = ConfigurationSettings(entries: entries, warnings: warnings)
        let controller = ConfigController(
            storage: NoDrivers(), journal: NoDrivers(), layout: layout, settings: settings)
        return controller.plan(
            config, in: World(store.snapshot(), now: .zero, wall: Timestamp(seconds: 0)))
    }

    private let config = Resource<Config>(name: Config.selfName, spec: Config.Spec())

    @Test func `users count more than the environment, and what they take back is as it was`() throws {
        let entries = [
            ConfigEntry("PV_LOG_LEVEL", "2", .environment, at: "environment"),
            ConfigEntry("PV_LOG_LEVEL", "1", .pantavisorFile, at: "f:1"),
        ]
        let set = try plan(config, entries: entries, data: ["log.level": "4", "motd": "hello"]).status
        #expect(set?.values["PV_LOG_LEVEL"] == "4")
        #expect(set?.levels == ["PV_LOG_LEVEL": "metadata"])
        #expect(set?.places == ["PV_LOG_LEVEL": "user metadata"])
        #expect(set?.warnings == [])
        let back = try plan(config, entries: entries).status
        #expect(back?.values["PV_LOG_LEVEL"] == "2")
        #expect(back?.levels == ["PV_LOG_LEVEL": "env"])
        #expect(back?.values["PV_REVISION_RETRIES"] == "10")
    }

    @Test func `a command counts most, where one may`() throws {
        var config = config
        config.spec.commands = ["PV_DEBUG_SSH": "0", "PV_LOG_LEVEL": "5"]
        let status = try plan(config, data: ["PV_DEBUG_SSH": "1"]).status
        #expect(status?.values["PV_DEBUG_SSH"] == "0")
        #expect(status?.levels == ["PV_DEBUG_SSH": "command"])
        #expect(
            status?.warnings == [
                "command: PV_LOG_LEVEL cannot be set there and is left out; it may be set by pv conf file, policy, oem config, pv cmdline, env, args, metadata"
            ])
    }

    @Test func `what is misplaced in metadata is told of, what is none of ours is not`() throws {
        let data = ["PV_WDT_MODE": "disabled", "pv_storage_gc_reserved": "200", "policy": "x", "web.motd": "y"]
        let status = try plan(config, data: data, warnings: ["f:3: no"]).status
        #expect(
            status?.warnings == [
                "f:3: no",
                "user metadata: PV_WDT_MODE cannot be set there and is left out; it may be set by pv conf file, policy, pv cmdline, env, args",
                "user metadata: PV_STORAGE_GC_RESERVED: \"200\" is not a number from 0 to 90",
            ])
        #expect(status?.levels == [:])
    }

    @Test func `a secret is shown to nobody`() throws {
        let entries = [ConfigEntry("PH_CREDS_SECRET", "hunter2", .pantahubFile, at: "f:1")]
        let status = try #require(try plan(config, entries: entries).status)
        #expect(status.values["PH_CREDS_SECRET"] == "(hidden)")
        #expect(status.values["PH_FACTORY_AUTOTOK"] == "")
        #expect(!"\(status)".contains("hunter2"))
    }

    @Test func `the device maker's settings come from the running revision, by the policy`() throws {
        let base = [ConfigEntry("PV_OEM_NAME", "oem", .pantavisorFile, at: "f:1")]
        #expect(
            try plan(config, entries: base).actions
                == [.readOEM(revision: "3", path: "/storage/trails/3/oem/default.config")])
        let policy = base + [ConfigEntry("PV_POLICY", "debug", .pantavisorFile, at: "f:2")]
        #expect(
            try plan(config, entries: policy).actions
                == [.readOEM(revision: "3", path: "/storage/trails/3/oem/debug.config")])
        #expect(
            try plan(config, entries: [ConfigEntry("PV_OEM_NAME", "../x", .pantavisorFile, at: "f:1")]).actions == [])
        var known = config
        known.status.oem = Config.OEM(
            revision: "3", entries: [ConfigEntry("PV_LOG_LEVEL", "5", .oem, at: "o:1")], warnings: ["o:2: no"])
        let read = try plan(known, entries: base)
        #expect(read.actions == [])
        #expect(read.status?.values["PV_LOG_LEVEL"] == "5")
        #expect(read.status?.warnings == ["o:2: no"])
    }
}
