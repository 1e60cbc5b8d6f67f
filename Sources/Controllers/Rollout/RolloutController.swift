package import Drivers
package import Engine
package import Model
import StateFormat

/// Moves the device to a revision, or leaves it as it is (`spec/runtime-behaviour.md` §6).
///
/// One attempt at a time. Every step has a deadline. What a step needs to be remembered for is written before it has an
/// effect: to the journal for a runtime that dies, beside the revision and in the boot environment for a device that
/// loses power. So the next runtime, or the next boot, goes on where this one was, or back to where it began.
package struct RolloutController: Controller {
    package typealias Subject = Rollout

    package enum Action: Sendable, Equatable, CustomStringConvertible {
        /// Looks how much space there is.
        case measure(needed: Int64, reserved: Int64)
        case checkOut(Trail)
        case install(BootImage)
        /// Writes beside the revision what the next boot must know of this attempt.
        case prepare(Rollout.Record)
        /// Writes the journal.
        case remember(Rollout.Record)
        case writeProgress(Rollout.Progress, of: String)
        case setTry(String, keeping: String)
        case clearTry
        case commit(String)
        case runHooks(HookPoint, HookContext)

        package var description: String {
            switch self {
            case .measure: "measure the storage"
            case .checkOut(let trail): "check out \(trail.revision)"
            case .install(let image): "install the boot files of \(image.revision)"
            case .prepare(let record): "prepare the attempt \(record.name)"
            case .remember(let record): "remember the attempt \(record.name) as \(record.step.rawValue)"
            case .writeProgress(let progress, let revision): "write \(progress.phase.rawValue) of \(revision)"
            case .setTry(let revision, let kept): "let the loader try \(revision), keeping \(kept)"
            case .clearTry: "let the loader try nothing"
            case .commit(let revision): "commit \(revision)"
            case .runHooks(let point, _): "run the hooks of \(point.rawValue)"
            }
        }
    }

    package static let name = "rollout"
    package static let inputs: [Input] = [
        .mapping(Config.self) { _, world in unfinished(world) },
        .mapping(Device.self) { _, world in unfinished(world) },
        .mapping(Revision.self) { _, world in unfinished(world) },
        .mapping(Group.self) { _, world in proving(world) },
        .mapping(Container.self) { _, world in proving(world) },
        .mapping(Object.self) { _, world in unfinished(world) },
        .mapping(Storage.self) { _, world in unfinished(world) },
        .mapping(Rollout.self) { changed, world in
            changed.status.isFinished || changed.metadata.isBeingDeleted ? unfinished(world) : []
        },
    ]
    package static let outputs: [Output] = [.status(of: Rollout.self)]

    static let journalName = ".rollout"

    let storage: any StorageDriver
    let bootloader: any BootloaderDriver
    let journal: any JournalDriver
    let hooks: any HookDriver
    let layout: Layout
    private let documents: RevisionDocuments
    private let settings: RolloutSettings

    package init(
        drivers: DriverSet, layout: Layout, documents: RevisionDocuments, settings: RolloutSettings
    ) {
        storage = drivers.storage
        bootloader = drivers.bootloader
        journal = drivers.journal
        hooks = drivers.hooks
        self.layout = layout
        self.documents = documents
        self.settings = settings
    }

    private static func unfinished(_ world: World) -> [String] {
        world.all(Rollout.self).filter { !$0.status.isFinished }.map(\.name)
    }

    private static func proving(_ world: World) -> [String] {
        world.all(Rollout.self).filter { $0.status.isProving }.map(\.name)
    }

    package func plan(_ rollout: Resource<Rollout>, in world: World) -> Plan<Rollout, Action> {
        let settings = settings.following(world.get(Config.self, Config.selfName))
        var step = RolloutStep(rollout, in: world, documents: documents, settings: settings)
        return step.plan()
    }
}

extension World {
    /// The attempt whose turn it is: the one that is under way, else the one that was asked for first.
    func isTurn(of rollout: Resource<Rollout>) -> Bool {
        let others = all(Rollout.self).filter { $0.name != rollout.name && !$0.status.isFinished }
        if others.contains(where: { $0.status.step != .pending }) { return false }
        return others.allSatisfy { rollout.isEarlier(than: $0) }
    }
}

extension Resource<Rollout> {
    fileprivate func isEarlier(than other: Resource<Rollout>) -> Bool {
        (metadata.creationTimestamp.seconds, name) < (other.metadata.creationTimestamp.seconds, other.name)
    }
}
