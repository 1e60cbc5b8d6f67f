import JSON
import Logging
import Model
import Store
import Synchronization

/// `POST /commands` (`spec/pv-ctrl-api.md` §4): each is a write to a resource.
extension UpstreamAPI {
    enum Operation: String {
        case updateMetadata = "UPDATE_METADATA"
        case rebootDevice = "REBOOT_DEVICE"
        case powerOffDevice = "POWEROFF_DEVICE"
        case tryOnce = "TRY_ONCE"
        case localRun = "LOCAL_RUN"
        case makeFactory = "MAKE_FACTORY"
        case runGC = "RUN_GC"
        case enableSSH = "ENABLE_SSH"
        case disableSSH = "DISABLE_SSH"
        case goRemote = "GO_REMOTE"
        case deferReboot = "DEFER_REBOOT"
        case localRunCommit = "LOCAL_RUN_COMMIT"
        case localApply = "LOCAL_APPLY"
        case connectionGraph = "XCONNECT_GRAPH"
        case unclaim = "UNCLAIM"

        /// Whether it would disturb an update that is under way.
        var disturbsUpdates: Bool {
            switch self {
            case .rebootDevice, .powerOffDevice, .tryOnce, .localRun, .makeFactory, .localRunCommit, .localApply,
                .unclaim:
                true
            case .updateMetadata, .runGC, .enableSSH, .disableSSH, .goRemote, .deferReboot, .connectionGraph: false
            }
        }
    }

    private static let badFormat = UpstreamText.error(.badRequest, "Command has bad format")

    func command(_ request: Request) -> Reply {
        guard !request.body.isEmpty else { return .now(UpstreamText.error(.badRequest, "No command found")) }
        guard let body = document(of: request),
            let operation = body["op"]?.string.flatMap(Operation.init(rawValue:)), let payload = body["payload"]
        else { return .now(Self.badFormat) }
        if let refusal = refusal(operation) { return .now(refusal) }
        guard slot.take() else { return .now(Self.commandInProgress) }
        log.notice("command", metadata: ["op": "\(operation.rawValue)", "payload": "\(payload.summary)"])
        return .later {
            defer { slot.giveBack() }
            return await perform(operation, payload)
        }
    }

    /// The checks and their words, in upstream's order.
    private func refusal(_ operation: Operation) -> Response? {
        let snapshot = store.snapshot()
        let device = snapshot.get(Device.self, Device.selfName)
        let isRemote = device?.spec.mode == .remote
        if operation == .updateMetadata, !isRemote { return conflict("while on local mode") }
        if operation.disturbsUpdates, snapshot.all(Rollout.self).contains(where: { !$0.status.isFinished }) {
            return UpstreamText.tryAgain("Cannot do this operation while update is ongoing", after: 600)
        }
        if let refusal = refusal(operation, by: snapshot, isRemote: isRemote) { return refusal }
        // It would be forgotten.
        if operation.disturbsUpdates, device?.isGoingDown ?? false { return Self.commandInProgress }
        return nil
    }

    private func refusal(_ operation: Operation, by snapshot: Snapshot, isRemote: Bool) -> Response? {
        let values = snapshot.get(Config.self, Config.selfName)?.status.values ?? [:]
        let facts = snapshot.get(DeviceMeta.self, DeviceMeta.selfName)?.status.facts ?? [:]
        let isClaimed = facts["pantahub.claimed"] == "1"
        switch operation {
        case .makeFactory: return isClaimed ? conflict("if device is already claimed") : nil
        case .goRemote:
            if values["PV_CONTROL_REMOTE"] == "0" { return conflict("when remote mode is disabled by config") }
            return isRemote ? Response(.noContent) : nil
        case .deferReboot: return values["PV_DEBUG_SHELL"] == "0" ? conflict("when debug shell is not active") : nil
        case .unclaim: return isClaimed ? conflict("while no hub client runs") : Response(.noContent)
        case .connectionGraph:
            return UpstreamText.error(.badRequest, "Command XCONNECT_GRAPH does nothing; ask GET /xconnect-graph")
        case .updateMetadata, .rebootDevice, .powerOffDevice, .tryOnce, .localRun, .runGC, .enableSSH, .disableSSH,
            .localRunCommit, .localApply:
            return nil
        }
    }

    private func conflict(_ circumstance: String) -> Response {
        UpstreamText.error(.conflict, "Cannot do this operation \(circumstance)")
    }

    private static var commandInProgress: Response {
        UpstreamText.tryAgain("A command is already in progress. Try again", after: 120)
    }

    private func perform(_ operation: Operation, _ payload: JSONValue) async -> Response {
        let text = payload.string ?? ""
        switch operation {
        case .updateMetadata: return await updateMetadata(payload)
        case .enableSSH: return await set("PV_DEBUG_SSH", to: "1")
        case .disableSSH: return await set("PV_DEBUG_SSH", to: "0")
        case .goRemote: return modify(Device.self) { $0.spec.mode = .remote }
        // Answered before.
        case .connectionGraph, .unclaim: return UpstreamText.success
        case .rebootDevice: return modify(Device.self) { $0.spec.power = .reboot }
        case .powerOffDevice: return modify(Device.self) { $0.spec.power = .off }
        case .localRun: return await move(to: text, .run)
        case .localRunCommit: return await move(to: text, .runCommit)
        case .tryOnce: return await move(to: text, .tryOnce)
        case .localApply: return await move(to: text, .apply)
        case .makeFactory: return await makeFactory(of: text)
        case .runGC:
            let wish = collectionWish()
            return modify(Storage.self) { $0.spec.collect = wish }
        case .deferReboot: return await deferReboot(text)
        }
    }

    func modify<K: Kind>(_ kind: K.Type, _ change: (inout Resource<K>) -> Void) -> Response {
        do throws(StoreError) {
            try store.modify(kind, "self", part: .main, change)
            return UpstreamText.success
        } catch {
            return UpstreamText.notLoaded
        }
    }
}

/// One command at a time.
final class CommandSlot: Sendable {
    private let isTaken = Mutex(false)

    func take() -> Bool {
        isTaken.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
    }

    func giveBack() { isTaken.withLock { $0 = false } }
}
