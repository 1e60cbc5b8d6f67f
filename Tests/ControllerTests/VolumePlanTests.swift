import Controllers
import Drivers
import Engine
import Model
import Store
import Testing

struct VolumePlanTests {
    let controller = VolumeController(
        mounts: NoDrivers(), layout: Samples.layout, checksObjects: true)

    private func plan(
        _ volume: Resource<Volume>, _ others: AnyResource...
    ) -> Plan<Volume, VolumeController.Action> {
        let resources = [volume.any, Samples.device().any, Samples.group().any, Samples.object("aa").any] + others
        return controller.plan(volume, in: World(.init(of: resources), now: Samples.now, wall: Samples.wall))
    }

    private let target = "/volumes/web/root.squashfs"

    @Test func `a volume nobody looked at is looked at first`() {
        let volume = Samples.volume { $0.status.isMounted = nil }
        #expect(plan(volume) == Plan(actions: [.observe(volume.spec, at: target)]))
    }

    @Test func `an image is mounted from the trail once its group is open`() {
        let image = MountRequest.image(file: "/storage/trails/1/web/root.squashfs", filesystem: "squashfs")
        let result = plan(Samples.volume(), Samples.container().any)
        #expect(result == Plan(actions: [.mount(image, of: Samples.volume().spec, at: target)]))
    }

    @Test(arguments: [(nil, "Checking"), (false, "Damaged")] as [(Bool?, String)])
    func `an image is not mounted unless its bytes are what its name says`(isVerified: Bool?, reason: String) {
        let object = Samples.object("bb") { $0.status.isVerified = isVerified }
        let volume = Samples.volume { $0.spec.object = "bb" }
        let result = plan(volume, Samples.container().any, object.any)
        #expect(result.actions.isEmpty)
        #expect(result.status?.conditions["Mounted"]?.reason == reason)
    }

    @Test(arguments: [
        (Volume.Source.permanent, MountRequest.bind(source: "/storage/disks/perm/web/data", isReadOnly: false)),
        (.revision, .bind(source: "/storage/disks/rev/1/web/data", isReadOnly: false)),
        (.boot, .memory(maximumBytes: nil)),
    ])
    func `storage lies where its persistence says`(source: Volume.Source, request: MountRequest) {
        let volume = Samples.volume("data") { volume in
            volume.spec.source = source
            volume.spec.object = nil
        }
        let result = plan(volume, Samples.container().any)
        #expect(result.actions == [.mount(request, of: volume.spec, at: "/volumes/web/data")])
    }

    @Test func `a disk or handler that is not supported is said, not mounted in clear`() {
        let volume = Samples.volume { $0.spec.disk = "secrets" }
        let result = plan(volume, Samples.container().any)
        #expect(result.actions.isEmpty)
        #expect(result.status?.conditions["Mounted"]?.reason == "NotSupported")
    }

    @Test func `a volume that goes waits for its container, then is unmounted, then is gone`() {
        let mounted = Samples.volume { $0.status.isMounted = true }.going
        #expect(plan(mounted, Samples.running().going.any) == .nothing)
        #expect(plan(mounted, Samples.container().going.any) == .nothing)
        #expect(plan(mounted) == Plan(actions: [.unmount(target)]))
        #expect(plan(Samples.volume().going) == Plan(finalizers: []))
    }

    @Test func `a changed image is unmounted only when nobody uses it`() {
        let old = Samples.volume { volume in
            volume.status.isMounted = true
            volume.status.mountedObject = "bb"
        }
        #expect(plan(old, Samples.running().any).actions.isEmpty)
        #expect(plan(old, Samples.container().any).actions == [.unmount(target)])
    }
}
