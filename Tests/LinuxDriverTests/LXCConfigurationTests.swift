import Drivers
import Model
import Testing

@testable import LinuxDrivers

struct LXCConfigurationTests {
    private let own = """
        # from the image
        lxc.rootfs.path = overlayfs:/volumes/web/root.squashfs:/volumes/web/lxc-overlay/upper
        lxc.init.cmd = /sbin/init
        lxc.log.level = 1
        lxc.mount.entry = /volumes/web/docker--data data none bind,rw,create=dir 0 0
        lxc.cgroup.devices.allow = a
        lxc.cgroup.memory.limit_in_bytes = 32M
        lxc.cgroup.blkio.weight = 10
        lxc.console.path = none
        """

    private func compose(
        _ version: Capabilities.ControlGroups, roles: [Role], controllers: Set<String> = ["memory", "devices"]
    ) -> LXCConfiguration.Composition {
        let launch = ContainerLaunch(
            name: "web", group: "app", revision: "3", directory: "/s/trails/3/web", configFile: "lxc.container.conf",
            hostname: "web-1", roles: roles, configOverlay: "/r/configs/web", exports: [], hasDevLog: true,
            mountsModulesAndFirmware: true, logs: "/s/logs/3/web")
        let surroundings = LXCConfiguration.Surroundings(
            controlGroups: ControlGroups(version: version, hierarchies: [], controllers: controllers),
            instance: InstanceName(text: "pantavisor-1"), rootMount: "/r/rootfs", helper: "/bin/pv-lxc-start",
            hasLogServer: true, consoleLimit: 9000, mountHooks: ["/lib/pv/hooks_lxc-mount.d/10-x"],
            modulesAndFirmware: ["/lib/firmware"])
        let layout = Layout(storage: "/s", run: "/r", volumes: "/v", exports: "/e")
        return LXCConfiguration(launch, layout: layout, surroundings: surroundings).compose(own)
    }

    @Test func `a privileged container on version 1 gets everything`() {
        let expected = """
            lxc.rootfs.path = overlayfs:/r/configs/web:/v/web/root.squashfs:/v/web/lxc-overlay/upper
            lxc.init.cmd = /sbin/init
            lxc.mount.entry = /v/web/docker--data data none bind,rw,create=dir 0 0
            lxc.cgroup.devices.allow = a
            lxc.cgroup.memory.limit_in_bytes = 32M
            lxc.uts.name = web-1
            lxc.rootfs.mount = /r/rootfs
            lxc.console.logfile = /s/logs/3/web/lxc/console.log
            lxc.cgroup.dir.container = pantavisor-1/web/payload
            lxc.cgroup.dir.monitor = pantavisor-1/web/monitor
            lxc.cgroup.dir.monitor.pivot = pantavisor-1/web/pivot
            lxc.monitor.signal.pdeath = SIGKILL
            lxc.hook.post-stop = /bin/pv-lxc-start refuse-reboot
            lxc.console.size = 8192
            lxc.console.rotate = 1
            lxc.mount.entry = /r pantavisor none bind,ro,create=dir 0 0
            lxc.mount.entry = /s/logs pantavisor/logs none bind,ro,create=dir 0 0
            lxc.mount.entry = /r/user-meta pantavisor/user-meta none bind,ro,create=dir 0 0
            lxc.mount.entry = /r/device-meta pantavisor/device-meta none bind,ro,create=dir 0 0
            lxc.mount.entry = /lib/firmware lib/firmware none bind,ro,create=dir 0 0
            lxc.mount.entry = /r/log-server/containers/web pantavisor/log-sockets none bind,ro,create=dir 0 0
            lxc.mount.entry = tmpfs pantavisor/log-server tmpfs ro,nosuid,nodev,noexec,size=4k 0 0
            lxc.hook.mount = /lib/pv/hooks_lxc-mount.d/10-x
            lxc.hook.mount = /bin/pv-lxc-start dev-log

            """
        #expect(
            compose(.legacy, roles: [.mgmt])
                == .init(text: expected, dropped: ["lxc.cgroup.blkio.weight = 10"]))
    }

    @Test func `one without a role sees only its own on version 2`() {
        let expected = """
            lxc.rootfs.path = overlayfs:/r/configs/web:/v/web/root.squashfs:/v/web/lxc-overlay/upper
            lxc.init.cmd = /sbin/init
            lxc.mount.entry = /v/web/docker--data data none bind,rw,create=dir 0 0
            lxc.cgroup2.memory.max = 32M
            lxc.uts.name = web-1
            lxc.rootfs.mount = /r/rootfs
            lxc.console.logfile = /s/logs/3/web/lxc/console.log
            lxc.cgroup.dir.container = pantavisor-1/web/payload
            lxc.cgroup.dir.monitor = pantavisor-1/web/monitor
            lxc.cgroup.dir.monitor.pivot = pantavisor-1/web/pivot
            lxc.monitor.signal.pdeath = SIGKILL
            lxc.hook.post-stop = /bin/pv-lxc-start refuse-reboot
            lxc.cgroup2.devices.allow = a
            lxc.console.size = 8192
            lxc.console.rotate = 1
            lxc.mount.entry = /r/nobody pantavisor none bind,ro,create=dir 0 0
            lxc.mount.entry = /s/logs/3/web pantavisor/logs none bind,ro,create=dir 0 0
            lxc.mount.entry = /r/user-meta.web pantavisor/user-meta none bind,ro,create=dir 0 0
            lxc.mount.entry = /r/device-meta.web pantavisor/device-meta none bind,ro,create=dir 0 0
            lxc.mount.entry = /lib/firmware lib/firmware none bind,ro,create=dir 0 0
            lxc.mount.entry = /r/log-server/containers/web pantavisor/log-sockets none bind,ro,create=dir 0 0
            lxc.hook.mount = /lib/pv/hooks_lxc-mount.d/10-x
            lxc.hook.mount = /bin/pv-lxc-start dev-log

            """
        #expect(
            compose(.unified, roles: [])
                == .init(text: expected, dropped: ["lxc.cgroup.blkio.weight = 10"]))
    }

    @Test func `a limit without its controller is dropped and named`() {
        let composition = compose(.unified, roles: [], controllers: [])
        #expect(
            composition.dropped == ["lxc.cgroup.memory.limit_in_bytes = 32M", "lxc.cgroup.blkio.weight = 10"])
    }
}
