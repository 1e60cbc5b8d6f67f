import LinuxDrivers
import LogServer
import Logging
import Model
import Store

/// Tells the log server which revision runs and where its containers are: a file on tmpfs, written anew when that
/// changes, which outlives this process.
struct LogBriefingWriter: Sendable {
    let store: ResourceStore
    let revision: String
    let file: LogBriefingFile

    /// Runs until the task is cancelled.
    func run() async {
        do {
            let kinds: Set = [Model.Container.descriptor.name, Device.descriptor.name, Revision.descriptor.name]
            var last: LogBriefing?
            var attempt: LogBriefing.Attempt?
            for await _ in try store.changes(WatchOptions(kinds: kinds, from: .initialEvents, limit: .max)) {
                let snapshot = store.snapshot()
                attempt = snapshot.attempt(after: attempt)
                let briefing = LogBriefing(snapshot, revision: revision, attempt: attempt)
                guard briefing != last else { continue }
                try await file.write(briefing)
                last = briefing
            }
        } catch {
            Logger(label: "logs").error("the log server cannot be briefed", metadata: ["why": "\(error)"])
        }
    }
}

extension LogBriefing {
    /// What a snapshot says.
    fileprivate init(_ snapshot: Snapshot, revision: String, attempt: Attempt?) {
        let device = snapshot.get(Device.self, Device.selfName)
        let running = snapshot.all(Model.Container.self).sorted { $0.name < $1.name }.compactMap(\.briefing)
        self.init(revision: device?.status.currentRevision ?? revision, attempt: attempt, containers: running)
    }
}

extension Resource<Model.Container> {
    /// Nil when it does not run.
    fileprivate var briefing: LogBriefing.Container? {
        guard status.isRunning, let pid = status.pid, let startedAt = status.startedAt else { return nil }
        return LogBriefing.Container(name: name, pid: pid, startedAt: startedAt.milliseconds, logs: spec.logs)
    }
}

extension Snapshot {
    /// The revision that is being tried; when none is any more, the one that was.
    fileprivate func attempt(after last: LogBriefing.Attempt?) -> LogBriefing.Attempt? {
        let tried = all(Revision.self).first { [.inProgress, .testing].contains($0.status.phase) }
        if let tried { return LogBriefing.Attempt(revision: tried.spec.revision, isOver: false) }
        return last.map { LogBriefing.Attempt(revision: $0.revision, isOver: true) }
    }
}
