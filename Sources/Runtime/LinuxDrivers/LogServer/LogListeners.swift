import CShims
import Drivers
import Glibc
import LogServer

/// The sockets that the host and each container log to.
final class LogListeners {
    /// Those of one start of a container; the ones before may still have something in their queues.
    private struct Listener {
        let descriptor: OwnedDescriptor
        let kind: String
        let token: LogLoop.Token?
        let label: String
    }

    /// Two starts' sockets.
    private static let mostOfOneSender = LogSockets.names.count * 2
    private static let kinds = ["datagrams", "streams", "passings"]
    /// Ends of turns at which a queue is taken for empty, at the latest.
    private static let mostTurns = 64

    private let layout: Layout
    private let peers: PeerIdentity
    private let senders: LogSenders
    private let connections: LogConnections
    private let loop: LogLoop
    private let store: DescriptorStore
    private var listeners: [String: [Listener]] = [:]
    /// Labels are unique, also among those of earlier log servers.
    private var lastLabel = Int(getpid()) * 1_000_000

    init(
        _ layout: Layout, _ senders: LogSenders, _ connections: LogConnections, _ loop: LogLoop,
        _ store: DescriptorStore
    ) {
        self.layout = layout
        peers = PeerIdentity(layout: layout)
        self.senders = senders
        self.connections = connections
        self.loop = loop
        self.store = store
    }

    /// Takes a container's sockets, in the order of `LogSockets.names`.
    func add(_ sockets: [OwnedDescriptor], of name: String) {
        for (kind, descriptor) in zip(Self.kinds, sockets) {
            lastLabel += 1
            let label = "\(kind) \(name) \(lastLabel)"
            store.put(label, descriptor)
            add(descriptor, kind, of: name, label: label)
        }
    }

    /// Takes one that an earlier log server had: `<kind> <platform> <number>`; false when it is something else.
    func restore(_ label: String, _ descriptor: OwnedDescriptor) -> Bool {
        let words = label.split(separator: " ").map(String.init)
        guard words.count == 3, Self.kinds.contains(words[0]) else { return false }
        store.put(label, descriptor)
        add(descriptor, words[0], of: words[1], label: label)
        return true
    }

    private func add(_ descriptor: OwnedDescriptor, _ kind: String, of name: String, label: String) {
        let sender = senders.sender(name)
        let token = loop.watch(descriptor) { [unowned self] in
            if kind == "datagrams" {
                connections.takeDatagrams(descriptor, of: sender)
            } else {
                accept(descriptor, of: sender, takesDescriptors: kind == "passings")
            }
        }
        var known = listeners[name] ?? []
        known.append(Listener(descriptor: descriptor, kind: kind, token: token, label: label))
        while known.count > Self.mostOfOneSender { close(known.removeFirst(), of: sender) }
        listeners[name] = known
    }

    /// Takes what is still in its queue, and lets go of it.
    private func close(_ listener: Listener, of sender: LogSenders.Sender) {
        for _ in 0..<Self.mostTurns where listener.kind == "datagrams" {
            guard listener.descriptor.waitUntilReadable(milliseconds: 0) else { break }
            connections.takeDatagrams(listener.descriptor, of: sender)
        }
        for _ in 0..<Self.mostTurns where listener.kind == "streams" {
            guard listener.descriptor.waitUntilReadable(milliseconds: 0) else { break }
            accept(listener.descriptor, of: sender, takesDescriptors: false)
        }
        loop.forget(listener.token)
        store.remove(listener.label)
    }

    private func accept(_ listener: OwnedDescriptor, of sender: LogSenders.Sender, takesDescriptors: Bool) {
        let number = pv_accept(listener.number)
        guard number >= 0 else { return }
        let connection = OwnedDescriptor(number)
        guard let speaker = speaker(of: connection, on: sender) else { return senders.refuse(from: sender, .stranger) }
        connections.add(connection, of: speaker, takesDescriptors: takesDescriptors)
    }

    /// Who speaks: the socket says it, and the kernel must not say otherwise.
    private func speaker(of connection: OwnedDescriptor, on sender: LogSenders.Sender) -> LogSenders.Sender? {
        do throws(DriverError) {
            switch try peers.identify(socket: connection.number) {
            case .host: return senders.sender(LogMessage.ownPlatform)
            case .container(sender.name): return sender
            // Nobody has another container's socket, unless it was given it by one that may do everything.
            case .container: return nil
            }
        } catch {
            // It has ended already, as a command that logs one line does.
            return sender
        }
    }

    /// Lets go of the sockets of containers that are gone, and makes those that are missing.
    func settle() {
        let directory = Files.parentDirectory(layout.logSockets(of: "x"))
        let present = Set(Files.names(in: directory))
        for (name, gone) in listeners where name != LogMessage.ownPlatform && !present.contains(name) {
            for listener in gone { close(listener, of: senders.sender(name)) }
            listeners[name] = nil
        }
        for name in present where listeners[name] == nil { make(in: layout.logSockets(of: name), name) }
        guard listeners[LogMessage.ownPlatform] == nil else { return }
        make(in: layout.hostLogSockets, LogMessage.ownPlatform)
        // Programs of a machine of its own log there, too; elsewhere it is the host's.
        if getppid() == 1 { symlink("\(layout.hostLogSockets)/log", "/dev/log") }
    }

    private func make(in path: String, _ name: String) {
        do throws(DriverError) {
            add(try LogSockets.make(in: path), of: name)
            if name == LogMessage.ownPlatform { try LogSockets.link(in: layout.run, ["pv-ctrl-log", "pv-fd-log"]) }
        } catch {
            let record = LogRecord(level: .error, source: SourceName.logServer, text: Array("\(error)".utf8))
            senders.receive(record, from: senders.sender(LogMessage.ownPlatform))
        }
    }
}
