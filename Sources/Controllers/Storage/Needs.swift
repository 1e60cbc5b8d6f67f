import Engine
import Model

/// What must stay on the storage (invariant 4): the running, tried and rollback revisions, those that a rollout
/// concerns, and those that were never run.
extension World {
    /// Why a revision must stay; nil = nothing needs it.
    func needs(_ revision: Resource<Revision>, on device: Resource<Device>) -> String? {
        let name = revision.spec.revision
        guard device.status.currentRevision != nil else { return "it is not known yet what runs" }
        if device.status.currentRevision == name { return "it is running" }
        if device.status.bootedRevision == name { return "the device was booted from it" }
        if device.status.rollbackRevision == name { return "a reboot comes back to it" }
        if device.status.tryRevision == name { return "the next reboot tries it" }
        if let rollout = all(Rollout.self).first(where: { $0.concerns(name) }) {
            return "rollout \(rollout.name) moves to it or from it"
        }
        if all(Volume.self).contains(where: { $0.spec.revision == name || $0.status.mountedRevision == name }) {
            return "a volume of it is mounted"
        }
        return nil
    }
}

extension Resource<Rollout> {
    fileprivate func concerns(_ revision: String) -> Bool {
        guard !status.isFinished else { return false }
        return [spec.revision, status.target, status.from].contains(revision)
    }
}
