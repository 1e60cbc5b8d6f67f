package import Drivers
package import Engine
import JSON
package import Model

extension Container.Status {
    /// What `inspect` found: perhaps a process, and perhaps a journal record that belongs to it.
    ///
    /// The process may have ended, and its exit may have been reported, before this was written.
    mutating func adopt(_ record: Container.Record?, running: RunningContainer?) {
        journaled = record
        if let record {
            restarts = record.restarts
            retries = record.retries
            nextStartAt = record.nextStartAt
            stopReason = record.stopReason
            handledRestart = record.handledRestart
        }
        guard let running, !hasSeenEnd(of: running) else {
            process = .absent
            phase = stopReason != nil ? .stopped : nextStartAt != nil ? .recovering : .installed
            return
        }
        process = .running
        pid = running.pid
        startedAt = running.startedAt
        stopReason = nil
        nextStartAt = nil
        phase = .started
        if let record, record.pid == running.pid, record.startedAt == running.startedAt {
            // It may have signalled while nobody had looked yet.
            isSignalledReady = isSignalledReady || record.isSignalledReady
            startedDigest = record.startedDigest
            startedRevision = record.startedRevision
        }
    }

    /// What a start that succeeded says.
    ///
    /// Its exit may have been reported before.
    mutating func began(_ running: RunningContainer, by launch: ContainerLaunch, with digest: String) {
        startedDigest = digest
        startedRevision = launch.revision
        startedAt = running.startedAt
        guard !hasSeenEnd(of: running) else { return }
        process = .running
        pid = running.pid
    }

    private func hasSeenEnd(of run: RunningContainer) -> Bool {
        lastExit?.pid == run.pid && lastExit?.startedAt == run.startedAt
    }

    /// The end of a run, as the driver reports it.
    package mutating func ended(_ exit: ContainerExit) {
        lastExit = Container.Exit(
            pid: exit.run.pid, startedAt: exit.run.startedAt, code: exit.code, signal: exit.signal)
        exits += 1
        guard process == .running, pid == exit.run.pid, startedAt == exit.run.startedAt else { return }
        process = .absent
        pid = nil
    }

    /// What the journal should hold.
    var record: Container.Record {
        var record = Container.Record()
        if isRunning {
            record.pid = pid
            record.startedAt = startedAt
            record.isSignalledReady = isSignalledReady
            record.startedDigest = startedDigest
            record.startedRevision = startedRevision
        }
        record.restarts = restarts
        record.retries = retries
        record.nextStartAt = nextStartAt
        record.stopReason = stopReason
        record.handledRestart = handledRestart
        return record
    }
}

/// The source of exits: writes what the driver reports into the status, and decides nothing.
package func exitFacts(of exit: ContainerExit) -> Facts<Container> {
    Facts { $0.ended(exit) }
}

extension ContainerController {
    func encode(_ record: Container.Record, _ name: String) throws(DriverError) -> JSONValue {
        do {
            return try JSONValue(encoding: record)
        } catch {
            throw DriverError("WriteJournal", name, "\(error)")
        }
    }

    /// A record that cannot be read is as good as none: it only remembers, it does not decide.
    func decode(_ document: JSONValue?, _ name: String) throws(DriverError) -> Container.Record? {
        guard let document else { return nil }
        do throws(ManifestError) {
            return try document.decode(Container.Record.self)
        } catch {
            throw DriverError("ReadJournal", name, "the journal record is damaged (\(error)); remove it to go on")
        }
    }
}
