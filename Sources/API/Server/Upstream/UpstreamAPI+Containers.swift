import JSON
import Model
import Store

/// `/containers`, `/groups` and `/containers/{name}` (`spec/pv-ctrl-api.md` §3.1, §3.2).
extension UpstreamAPI {
    func containers() -> Response {
        listed(containerList) { snapshot in
            let all = snapshot.all(Container.self).sorted { $0.spec.order < $1.spec.order }
            var text = JSONText(capacity: 2 + all.count * 320)
            text.array(all) { UpstreamAPI.write($1, into: &$0) }
            return text.bytes
        }
    }

    func groups() -> Response {
        listed(groupList) { snapshot in
            let all = snapshot.all(Group.self).sorted { $0.spec.order < $1.spec.order }
            var text = JSONText(capacity: 2 + all.count * 200)
            text.array(all) { UpstreamAPI.write($1, into: &$0) }
            return text.bytes
        }
    }

    /// A list is written once for each version of the store: pollers ask far more often than anything changes.
    func listed(_ kept: KeptList, needsState: Bool = true, _ write: (Snapshot) -> [UInt8]) -> Response {
        let snapshot = store.snapshot()
        if let bytes = kept.bytes(at: snapshot.version) { return Response(body: bytes) }
        guard isLoaded || !needsState else { return UpstreamText.notLoaded }
        let bytes = write(snapshot)
        kept.keep(bytes, at: snapshot.version)
        return Response(body: bytes)
    }

    /// Whether a revision was expanded already.
    var isLoaded: Bool {
        let snapshot = store.snapshot()
        return snapshot.get(Device.self, Device.selfName)?.status.currentRevision != nil
            || !snapshot.all(of: Container.descriptor.name).isEmpty
    }

    private static func write(_ container: Resource<Container>, into text: inout JSONText) {
        let (spec, status) = (container.spec, container.status)
        text.raw("{\"name\":")
        text.string(container.name)
        text.raw(",\"group\":")
        text.string(spec.group.isEmpty ? nil : spec.group)
        text.raw(",\"status\":")
        text.string(status.phase.rawValue)
        text.raw(",\"status_goal\":")
        text.string(spec.statusGoal.rawValue)
        text.raw(",\"restart_policy\":")
        text.string(spec.restartPolicy.rawValue)
        text.raw(",\"roles\":")
        if spec.roles.contains(.mgmt) { text.raw("[\"mgmt\"]") } else { text.raw("[]") }
        if spec.autoRecovery.policy != .no { write(spec.autoRecovery, status, into: &text) }
        if spec.restartPolicy == .container {
            text.raw(",\"user_stopped\":")
            text.string(spec.run == .stopped ? "true" : "false")
        }
        text.raw("}")
    }

    private static func write(_ recovery: AutoRecovery, _ status: Container.Status, into text: inout JSONText) {
        text.raw(",\"auto_recovery\":{\"policy\":")
        text.string(recovery.policy.rawValue)
        text.raw(",\"max_retries\":")
        text.integer(recovery.maxRetries)
        text.raw(",\"current_retries\":")
        text.integer(status.retries)
        text.raw(",\"stable_timeout\":")
        text.integer(recovery.stableTimeout)
        text.raw(",\"is_stable\":")
        text.string(status.isStable ? "true" : "false")
        text.raw(",\"backoff_policy\":")
        text.string(recovery.backoffPolicy.text)
        text.raw("}")
    }

    private static func write(_ group: Resource<Group>, into text: inout JSONText) {
        text.raw("{\"name\":")
        text.string(group.name)
        text.raw(",\"status_goal\":")
        text.string(group.spec.statusGoal.rawValue)
        text.raw(",\"restart_policy\":")
        text.string(group.spec.restartPolicy.rawValue)
        text.raw(",\"status\":")
        text.string(group.status.phase.rawValue)
        if let recovery = group.spec.autoRecovery {
            text.raw(",\"auto_recovery\":{\"max_retries\":")
            text.integer(recovery.maxRetries)
            text.raw(",\"stable_timeout\":")
            text.integer(recovery.stableTimeout)
            text.raw(",\"backoff_policy\":")
            text.string(recovery.backoffPolicy.text)
            text.raw("}")
        }
        text.raw("}")
    }
}
