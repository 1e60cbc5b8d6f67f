import CShims
package import Drivers
import Glibc
import JSON
import LogServer
import Model

/// The log server (`pv-log`): takes messages of containers and of the host, files them, and keeps the log directory
/// within its room.
///
/// A process of its own, so that logs flow while the runtime is replaced. One thread, which sleeps until something comes.
/// Nothing that matters is only in its memory: each message is written before the next is read, sockets and descriptors
/// wait in the supervisor's store, numbers and places in a ledger on tmpfs. So it may die at any moment, too.
package final class LogServerProcess {
    private let settings: LogServerSettings
    private let loop: LogLoop
    private let store: DescriptorStore
    private let ledger: LogLedger
    private let output: LogOutput
    private let rotation: LogRotation
    private let senders: LogSenders
    private let connections: LogConnections
    private let listeners: LogListeners
    private let watch: FileWatch
    private let tree: TreeFiles
    private var kernel: KernelLog?
    private var containers: [String: ContainerFiles] = [:]
    private let control: OwnedDescriptor

    /// - Parameters:
    ///   - control: the listening socket of `listenForLogControl`.
    ///   - reading, writing: both ends of a socket pair of packets that outlives this process.
    package init(
        _ settings: LogServerSettings, control: OwnedDescriptor, reading: OwnedDescriptor, writing: OwnedDescriptor
    ) throws(DriverError) {
        self.settings = settings
        self.control = control
        try Files.makeDirectories(settings.layout.logServer, mode: 0o700)
        try Files.makeDirectories(Files.parentDirectory(settings.layout.logSockets(of: "x")))
        loop = try LogLoop()
        watch = try FileWatch(loop)
        store = DescriptorStore(reading: reading, writing: writing)
        ledger = LogLedger("\(settings.layout.logServer)/ledger")
        output = LogOutput(settings, loop)
        rotation = LogRotation(output, loop)
        senders = LogSenders(output, rotation, loop, ledger, settings.limits)
        connections = LogConnections(senders, loop, store)
        listeners = LogListeners(settings.layout, senders, connections, loop, store)
        tree = TreeFiles(output, ledger, watch)
    }

    /// Serves until SIGTERM, which must be blocked.
    package func run() throws(DriverError) {
        let signal = pv_signal_descriptor(SIGTERM)
        guard signal >= 0 else { throw .ofSystem("ServeLogs", "signalfd") }
        _ = loop.watch(OwnedDescriptor(signal)) { [unowned self] in loop.end() }
        for kept in store.takeAll() where !listeners.restore(kept.label, kept.descriptor) {
            connections.restore(kept.label, kept.descriptor)
        }
        takeControl()
        _ = loop.watch(control) { [unowned self] in takeControl() }
        listeners.settle()
        watch.onOverflow = { [unowned self] in lookAtEverything() }
        _ = watch.add(settings.layout.logServer, UInt32(IN_MOVED_TO)) { [unowned self] _, name in
            if name == "briefing.json" { takeBriefing() }
        }
        takeBriefing()
        if settings.capturesKernel { kernel = KernelLog(senders, ledger, loop) }
        rotation.look()
        loop.run()
        finish()
    }

    private func finish() {
        loop.drain(milliseconds: 500)
        connections.finish()
        tree.readAll()
        for files in containers.values { files.pause() }
        senders.tellAll()
        senders.remember()
    }

    private func lookAtEverything() {
        takeBriefing()
        for files in containers.values { files.look() }
        tree.readAll()
        rotation.lookSoon()
    }

    // MARK: The runtime's word

    /// The last briefing; what cannot be read leaves things as they are.
    private func takeBriefing() {
        var briefing = output.briefing
        do {
            if let bytes = try Files.read(settings.layout.logBriefing, limit: 1 << 20),
                let told = LogBriefing(try JSONValue(parsing: bytes))
            {
                briefing = told
            }
        } catch {
            complain("the briefing cannot be read: \(error)")
        }
        if briefing.revision != output.briefing.revision { senders.beginRevision() }
        output.follow(briefing)
        followTree()
        if settings.followsFiles { followContainers(briefing.containers) }
        listeners.settle()
        rotation.lookSoon()
    }

    private func followContainers(_ wanted: [LogBriefing.Container]) {
        for (name, files) in containers where !wanted.contains(files.container) {
            files.end()
            containers[name] = nil
        }
        for container in wanted where containers[container.name] == nil {
            let name = container.name
            containers[name] = ContainerFiles(container, senders, ledger, watch, loop) { [unowned self] in
                containers[name] = nil
                // Its console's and liblxc's last words are in their files by now.
                rotation.lookSoon()
            }
        }
    }

    /// What others file, for the outputs that want it, too.
    private func followTree() {
        let needsOwn = settings.outputs.copies || output.briefing.attempt.map { !$0.isOver } ?? false
        var wanted: [(path: String, platform: String, parse: (ArraySlice<UInt8>) -> LogRecord)] = []
        if needsOwn {
            let path = settings.ownLog(of: output.briefing.revision)
            wanted.append((path, LogMessage.ownPlatform, { OwnLogLine.parse($0) }))
        }
        if settings.outputs.copies {
            for container in output.briefing.containers {
                let directory = "\(settings.layout.logs(of: container.name, in: output.briefing.revision))/lxc"
                wanted.append(
                    ("\(directory)/console.log", container.name, { PlainLine.parse($0, source: "lxc/console.log") }))
                wanted.append(("\(directory)/lxc.log", container.name, { PlainLine.parseLXC($0) }))
            }
        }
        tree.follow(wanted)
        watchRotations()
    }

    // MARK: Files that their writers rotate

    private var rotationMarks: [String: FileWatch.Mark] = [:]

    private func watchRotations() {
        let layout = settings.layout
        let revision = output.briefing.revision
        var directories = Set(
            output.briefing.containers.map { "\(layout.logs(of: $0.name, in: revision))/lxc" })
        directories.insert(layout.logs(of: LogMessage.ownPlatform, in: revision))
        for (directory, mark) in rotationMarks where !directories.contains(directory) {
            watch.remove(mark)
            rotationMarks[directory] = nil
        }
        for directory in directories where rotationMarks[directory] == nil {
            rotationMarks[directory] = watch.add(ownDirectory: directory, UInt32(IN_MOVED_TO | IN_MODIFY)) {
                [unowned self] mask, _ in
                if mask & UInt32(IN_MOVED_TO) != 0 { rotation.look() } else { rotation.lookSoon() }
            }
        }
    }

    // MARK: Control

    /// Serves everybody who waits: `sockets <container>` with its sockets, or `counters`.
    private func takeControl() {
        while true {
            let number = pv_accept(control.number)
            guard number >= 0 else { return }
            serve(OwnedDescriptor(number))
        }
    }

    private func serve(_ connection: OwnedDescriptor) {
        var bytes = [UInt8](repeating: 0, count: 512)
        var numbers: [Int32] = [-1, -1, -1, -1]
        var count = Int32(numbers.count)
        // It is sent in one call right after connecting; who is slower is not the runtime.
        connection.waitUntilReadable(milliseconds: 50)
        let length = pv_receive_descriptors(connection.number, &bytes, bytes.count, &numbers, &count)
        let descriptors = numbers.prefix(Int(count)).map { OwnedDescriptor($0) }
        guard length > 0 else { return }
        let words = String(decoding: bytes.prefix(length), as: UTF8.self).split(separator: " ").map(String.init)
        switch (words.first, words.count) {
        case ("sockets", 2) where descriptors.count == LogSockets.names.count: listeners.add(descriptors, of: words[1])
        case ("counters", 1):
            let lines = senders.counters.map { "\($0.name) \($0.received) \($0.dropped)\n" }.joined()
            let answer = Array(lines.utf8)
            _ = pv_send_descriptors(connection.number, answer, answer.count, nil, 0)
        default: break
        }
    }

    private func complain(_ text: String) {
        let record = LogRecord(level: .error, source: SourceName.logServer, text: Array(text.utf8))
        senders.receive(record, from: senders.sender(LogMessage.ownPlatform))
    }
}

extension LogServerSettings {
    /// Where the runtime writes its own log: into the tree, or, when there is none, where only the log server reads it.
    package func ownLog(of revision: String) -> String {
        outputs.hasTree
            ? "\(layout.logs(of: LogMessage.ownPlatform, in: revision))/pantavisor.log"
            : "\(layout.logServer)/pantavisor.log"
    }
}
