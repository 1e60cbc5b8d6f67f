import Engine
import Model

/// Who uses a volume: its container, or the BSP.
struct VolumeUser {
    /// Whether it may be holding the volume now.
    let isUsing: Bool
    /// Whether it goes away, and lets go of the volume then.
    let isGoing: Bool
    /// Whether the volume is to be mounted for it.
    let mayUse: Bool

    init(of volume: Resource<Volume>, in world: World) {
        let device = world.get(Device.self, Device.selfName)
        let isUp = device.map { $0.status.isSwept && !$0.isGoingDown } ?? false
        if volume.spec.container == BSP.owner {
            let bsp = world.get(BSP.self, BSP.currentName)
            isUsing = bsp.map { $0.status.bound?.isEmpty != true } ?? false
            isGoing = bsp?.metadata.isBeingDeleted == true
            mayUse = isUp && bsp != nil && !isGoing
        } else {
            let container = world.get(Container.self, volume.spec.container)
            isUsing = container.map { $0.status.process != .absent } ?? false
            isGoing = container?.metadata.isBeingDeleted == true
            let group = container.flatMap { world.get(Group.self, $0.spec.group) }
            mayUse = isUp && !isGoing && group?.status.isOpen == true
        }
    }
}
