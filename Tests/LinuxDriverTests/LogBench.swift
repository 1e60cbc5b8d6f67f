import Drivers
import Foundation
import LogServer
import Testing

@testable import LinuxDrivers

/// The parts of a log server in a directory of their own, driven by the test instead of by a loop that never ends.
final class LogBench {
    let directory: String
    let settings: LogServerSettings
    let loop: LogLoop
    let store: DescriptorStore
    let output: LogOutput
    let rotation: LogRotation
    let senders: LogSenders
    let connections: LogConnections
    let watch: FileWatch
    let ledger: LogLedger
    private let ends: [OwnedDescriptor]

    init(
        at directory: String? = nil, keeping ends: [OwnedDescriptor]? = nil,
        _ change: (inout LogServerSettings) -> Void = { _ in }
    ) throws {
        self.directory = directory ?? "/tmp/pv-log-\(UUID().uuidString.prefix(8))"
        let layout = Layout(storage: "\(self.directory)/storage", run: "\(self.directory)/run")
        try Files.makeDirectories(layout.logServer)
        try Files.makeDirectories(layout.logs)
        var settings = LogServerSettings(layout: layout, revision: "0")
        settings.maximumSize = .bytes(1 << 20)
        change(&settings)
        self.settings = settings
        loop = try LogLoop()
        watch = try FileWatch(loop)
        self.ends = try ends ?? LogBench.pair(SOCK_SEQPACKET)
        store = DescriptorStore(reading: self.ends[0], writing: self.ends[1])
        ledger = LogLedger("\(layout.logServer)/ledger")
        output = LogOutput(settings, loop)
        rotation = LogRotation(output, loop)
        senders = LogSenders(output, rotation, loop, ledger, settings.limits)
        connections = LogConnections(senders, loop, store)
    }

    /// The same device with the next log server; this one is as good as killed.
    func next() throws -> LogBench {
        let settings = settings
        return try LogBench(at: directory, keeping: ends) { $0 = settings }
    }

    static func pair(_ type: __socket_type) throws -> [OwnedDescriptor] {
        var numbers: [Int32] = [-1, -1]
        let flags = type.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        try #require(socketpair(AF_UNIX, Int32(flags), 0, &numbers) == 0)
        return numbers.map { OwnedDescriptor($0) }
    }

    /// Serves all that has come, and packs all there is to pack.
    func settle() {
        loop.drain(milliseconds: 5000)
        while loop.doPiece() {}
    }

    /// The text of a file below the log directory; nil when there is none.
    func text(_ path: String) -> String? { Files.text("\(settings.layout.logs)/\(path)") }

    func names(_ path: String) -> [String] { Files.names(in: "\(settings.layout.logs)/\(path)") }

    func write(_ text: String, to path: String) throws {
        let file = "\(settings.layout.logs)/\(path)"
        try Files.makeDirectories(Files.parentDirectory(file))
        let descriptor = try OwnedDescriptor.open(file, O_WRONLY | O_CREAT | O_APPEND, for: "Test")
        try Files.write(Array(text.utf8), to: descriptor, file)
    }

    func send(_ text: String, on socket: OwnedDescriptor) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(socket.number, bytes, bytes.count)
    }

    func receive(_ text: String, from name: String = "web", source: String = "app", level: LogLevel = .info) {
        let record = LogRecord(level: level, source: source, text: Array(text.utf8))
        senders.receive(record, from: senders.sender(name))
    }

    /// What `zcat` says of a packed file.
    func unpacked(_ path: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/gzip")
        process.arguments = ["-dc", "\(settings.layout.logs)/\(path)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    func remove() throws { try Files.removeTree(directory) }
}
