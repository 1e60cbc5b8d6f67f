import CShims
import Drivers
import Glibc
import LogServer

/// Reads messages from sockets and from descriptors that were handed over, a few at a time from each, so that none
/// keeps the others waiting.
final class LogConnections {
    private static let mostConnections = 256
    private static let mostOfOneSender = 32
    /// Messages and bytes that are taken from one of them in a row.
    private static let turnMessages = 64
    private static let turnBytes = 65_536

    private final class Connection {
        let descriptor: OwnedDescriptor
        let sender: LogSenders.Sender
        let label: String
        /// What its lines are filed as; nil for messages.
        let lines: (source: String, level: LogLevel)?
        let takesDescriptors: Bool
        private let isPipe: Bool
        var framing = StreamFraming()
        var buffer: [UInt8] = []
        var token: LogLoop.Token?
        var patience: LogLoop.Token?

        init(
            _ descriptor: OwnedDescriptor, _ sender: LogSenders.Sender, label: String,
            lines: (String, LogLevel)? = nil, takesDescriptors: Bool = false
        ) {
            self.descriptor = descriptor
            self.sender = sender
            self.label = label
            self.lines = lines
            self.takesDescriptors = takesDescriptors
            var status = stat()
            isPipe = fstat(descriptor.number, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
        }

        /// Never blocks: a pipe was opened anew here, and a socket is told not to wait each time.
        func receive(into piece: inout [UInt8]) -> Int {
            isPipe
                ? Glibc.read(descriptor.number, &piece, piece.count)
                : recv(descriptor.number, &piece, piece.count, Int32(MSG_DONTWAIT))
        }
    }

    private let senders: LogSenders
    private let loop: LogLoop
    private let store: DescriptorStore
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var lastLabel = 0
    private var piece = [UInt8](repeating: 0, count: 16_384)

    init(_ senders: LogSenders, _ loop: LogLoop, _ store: DescriptorStore) {
        self.senders = senders
        self.loop = loop
        self.store = store
        lastLabel = Int(getpid()) * 1_000_000
    }

    // MARK: New ones

    /// Takes a connection, unless its sender has too many.
    func add(_ descriptor: OwnedDescriptor, of sender: LogSenders.Sender, takesDescriptors: Bool) {
        guard sender.accepting.take(at: loop.now), hasRoom(for: sender) else {
            return senders.refuse(from: sender, .connections)
        }
        lastLabel += 1
        let kind = takesDescriptors ? "passing" : "stream"
        add(
            Connection(
                descriptor, sender, label: "\(kind) \(sender.name) \(lastLabel)", takesDescriptors: takesDescriptors),
            isNew: true)
    }

    /// Takes a connection that an earlier log server had: `<kind> <platform> …`.
    func restore(_ label: String, _ descriptor: OwnedDescriptor) {
        let words = label.split(separator: " ").map(String.init)
        guard words.count >= 3 else { return }
        let sender = senders.sender(words[1])
        if words[0] == "lines", words.count == 4, let level = LogLevel(text: words[3]) {
            add(Connection(descriptor, sender, label: label, lines: (words[2], level)), isNew: false)
        } else {
            add(Connection(descriptor, sender, label: label, takesDescriptors: words[0] == "passing"), isNew: false)
        }
        store.put(label, descriptor)
    }

    private func hasRoom(for sender: LogSenders.Sender) -> Bool {
        connections.count < Self.mostConnections && sender.connections < Self.mostOfOneSender
    }

    private func add(_ connection: Connection, isNew: Bool) {
        connection.token = loop.watch(connection.descriptor) { [unowned self, unowned connection] in
            connection.takesDescriptors ? takeDescriptors(connection) : read(connection)
        }
        guard connection.token != nil else { return }
        connection.sender.connections += 1
        connections[ObjectIdentifier(connection)] = connection
        if isNew { store.put(connection.label, connection.descriptor) }
    }

    private func close(_ connection: Connection) {
        loop.forget(connection.token)
        loop.forget(connection.patience)
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        connection.sender.connections -= 1
        store.remove(connection.label)
    }

    // MARK: Messages

    /// Takes what came on a socket of datagrams: each is a message.
    func takeDatagrams(_ socket: OwnedDescriptor, of sender: LogSenders.Sender) {
        for _ in 0..<Self.turnMessages {
            let length = recv(socket.number, &piece, piece.count, Int32(MSG_DONTWAIT | MSG_TRUNC))
            guard length >= 0 else { break }
            let message = piece[..<min(length, piece.count)].trimmingEnd
            guard !message.isEmpty else { continue }
            var record = MessageParser.parse(message)
            if length > piece.count { record.text += LogRecord.cutMark }
            senders.receive(record, from: sender)
        }
        senders.remember()
    }

    private func read(_ connection: Connection) {
        var taken = 0
        while taken < Self.turnBytes {
            let count = connection.receive(into: &piece)
            if count < 0, errno == EAGAIN || errno == EINTR { break }
            guard count > 0 else {
                process(connection, isEnd: true)
                close(connection)
                break
            }
            taken += count
            connection.buffer += piece[..<count]
            guard process(connection, isEnd: false) else { return close(connection) }
        }
        senders.remember()
        waitForRest(connection)
    }

    /// Some clients send no end of line; what was said a second ago is a message.
    private func waitForRest(_ connection: Connection) {
        loop.forget(connection.patience)
        connection.patience = nil
        guard !connection.buffer.isEmpty, connection.buffer[0] != 0 else { return }
        connection.patience = loop.after(milliseconds: 1000) { [unowned self, unowned connection] in
            process(connection, isEnd: true)
        }
    }

    /// False when the peer speaks something else.
    @discardableResult
    private func process(_ connection: Connection, isEnd: Bool) -> Bool {
        if let lines = connection.lines {
            processLines(connection, lines, isEnd)
            return true
        }
        var position = 0
        defer { connection.buffer.removeFirst(min(position, connection.buffer.count)) }
        while position < connection.buffer.count {
            switch connection.framing.next(in: connection.buffer[position...], isEnd: isEnd) {
            case .message(let record, let length):
                position += length
                senders.receive(record, from: connection.sender)
            case .skip(let count): position += count
            case .needsMore: return true
            case .broken:
                senders.refuse(from: connection.sender)
                return false
            }
        }
        return true
    }

    private func processLines(_ connection: Connection, _ lines: (source: String, level: LogLevel), _ isEnd: Bool) {
        var rest = connection.buffer[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            receive(rest[..<end], connection, lines)
            rest = rest[(end + 1)...]
        }
        if !rest.isEmpty, isEnd || rest.count >= LogRecord.maximumLength {
            receive(rest, connection, lines)
            rest = []
        }
        connection.buffer = Array(rest)
    }

    private func receive(
        _ line: ArraySlice<UInt8>, _ connection: Connection, _ lines: (source: String, level: LogLevel)
    ) {
        guard !line.isEmpty else { return }
        let text = Array(line.prefix(LogRecord.maximumLength))
        senders.receive(LogRecord(level: lines.level, source: lines.source, text: text), from: connection.sender)
    }

    // MARK: Descriptors to read

    /// `pv-fd-log`: each request comes with a descriptor.
    private func takeDescriptors(_ connection: Connection) {
        var bytes = [UInt8](repeating: 0, count: DescriptorRequest.length)
        var number: Int32 = -1
        var count: Int32 = 1
        let length = pv_receive_descriptors(connection.descriptor.number, &bytes, bytes.count, &number, &count)
        if length < 0, errno == EAGAIN { return }
        let passed = count == 1 ? OwnedDescriptor(number) : nil
        // The request is one call of sendmsg, and so short that the kernel gives it whole.
        guard length > 0, let request = DescriptorRequest(bytes[..<length]) else {
            if length > 0 { senders.refuse(from: connection.sender) }
            return close(connection)
        }
        let prefix = "lines \(connection.sender.name) \(request.source) "
        // One descriptor for each source: a new one takes the place of the old.
        for old in connections.values where old.label.hasPrefix(prefix) { close(old) }
        guard request.begins, let passed, let readable = Self.harmless(passed), hasRoom(for: connection.sender) else {
            if request.begins { senders.refuse(from: connection.sender) }
            return
        }
        add(
            Connection(
                readable, connection.sender, label: prefix + request.level.name.description,
                lines: (request.source, request.level)), isNew: true)
    }

    /// A descriptor that never blocks us, whatever its sender does with its own: a pipe is opened anew, and a socket can
    /// be asked not to wait; files and devices are not read.
    private static func harmless(_ descriptor: OwnedDescriptor) -> OwnedDescriptor? {
        var status = stat()
        guard fstat(descriptor.number, &status) == 0 else { return nil }
        if status.st_mode & S_IFMT == S_IFSOCK { return descriptor }
        guard status.st_mode & S_IFMT == S_IFIFO else { return nil }
        let number = open("/proc/self/fd/\(descriptor.number)", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        return number < 0 ? nil : OwnedDescriptor(number)
    }

    /// At the end: what came without an end of line.
    func finish() {
        for connection in connections.values { process(connection, isEnd: true) }
    }
}
