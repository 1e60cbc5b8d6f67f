package import Drivers
package import Engine
import JSON
package import Model

extension RolloutController {
    package func perform(_ action: Action) async throws(DriverError) -> Facts<Rollout> {
        switch action {
        case .measure(let needed, let reserved):
            let free = try await storage.capacity().free
            return Facts { $0.space = .init(needed: needed, available: max(0, free - reserved)) }
        case .checkOut(let trail):
            _ = try await storage.checkOut(trail)
            return .none
        case .install(let image):
            // Without a kernel of its own it runs on the one that is there.
            if !image.links.isEmpty { try await bootloader.install(image) }
            return Facts { $0.isInstalled = true }
        case .prepare(let record):
            try await storage.writeDurably(try encode(record).compactBytes(), to: layout.attempt(record.target))
            return .none
        case .remember(let record):
            try await journal.write(try encode(record), as: Self.journalName)
            return Facts { $0.journaled = record }
        case .writeProgress(let progress, let revision):
            try await storage.write(progress, of: revision, in: layout)
            return Facts { $0.written = progress }
        case .setTry, .clearTry, .commit: return try await tellLoader(action)
        case .runHooks(let point, let context): return await runHooks(point, context)
        }
    }

    private func tellLoader(_ action: Action) async throws(DriverError) -> Facts<Rollout> {
        switch action {
        case .setTry(let revision, let kept):
            try await bootloader.setTry(revision, keeping: kept)
            return Facts { status in
                status.isStaged = true
                status.loaderWrites += 1
            }
        case .clearTry:
            try await bootloader.clearTry()
            return Facts { status in
                status.isStaged = true
                status.isCleared = true
                status.loaderWrites += 1
            }
        case .commit(let revision):
            try await bootloader.commit(revision)
            return Facts { status in
                status.isCommitted = true
                status.loaderWrites += 1
            }
        case .measure, .checkOut, .install, .prepare, .remember, .writeProgress, .runHooks: return .none
        }
    }

    /// A hook that fails is told of and stops nothing (`spec/runtime-behaviour.md` §11).
    private func runHooks(_ point: HookPoint, _ context: HookContext) async -> Facts<Rollout> {
        do throws(DriverError) {
            try await hooks.run(point, context)
            return .none
        } catch {
            return Facts { status in
                status.conditions.removeAll { $0.type == "HooksRan" }
                status.conditions.append(
                    Condition(type: "HooksRan", status: .no, reason: "HookFailed", message: error.description))
            }
        }
    }

    private func encode(_ record: Rollout.Record) throws(DriverError) -> JSONValue {
        do {
            return try JSONValue(encoding: record)
        } catch {
            throw DriverError("RememberRollout", record.name, "\(error)")
        }
    }
}

extension Rollout.Record {
    fileprivate var target: String { spec.revision ?? Revision.factory }
}

extension StorageDriver {
    /// Writes how far a revision came (`spec/pv-ctrl-api.md` §3.6); one that is done is marked as such too.
    func write(_ progress: Rollout.Progress, of revision: String, in layout: Layout) async throws(DriverError) {
        try await writeDurably(progress.document.compactBytes(), to: layout.progress(of: revision))
        if progress.phase == .done { try await writeDurably([], to: layout.done(revision)) }
    }
}

extension [Resource<Rollout>] {
    /// Names every write that rollouts made to the boot environment; a new one changes it.
    var loaderWrites: String {
        filter { $0.status.loaderWrites > 0 }.map { "\($0.name)#\($0.status.loaderWrites)" }.sorted()
            .joined(separator: " ")
    }
}
