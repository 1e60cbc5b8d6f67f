import CShims
import Drivers
import Glibc
import LogServer

/// Writes messages to the outputs, each line with one call, so that none is in this process's memory when it ends.
final class LogOutput {
    /// A file that is appended to.
    private struct OpenFile {
        let descriptor: OwnedDescriptor
        var size: Int
        var checkedAt: Int64
    }

    private static let mostOpenFiles = 128

    private let settings: LogServerSettings
    private let loop: LogLoop
    private var files: [String: OpenFile] = [:]
    private(set) var briefing: LogBriefing
    private(set) var quota: LogQuota
    /// Bytes written since the room was last reckoned.
    var written = 0
    /// A file has become as long as one may be.
    var onFull: (String) -> Void = { _ in }

    init(_ settings: LogServerSettings, _ loop: LogLoop) {
        self.settings = settings
        self.loop = loop
        briefing = LogBriefing(revision: settings.revision)
        quota = settings.quota
    }

    var layout: Layout { settings.layout }

    /// Files of another revision from now on.
    func follow(_ briefing: LogBriefing) {
        if briefing.revision != self.briefing.revision { files = [:] }
        if briefing.revision != pointed { pointToCurrent(briefing.revision) }
        let before = self.briefing.attempt.flatMap { $0.revision == briefing.attempt?.revision ? nil : $0.revision }
        let ended = briefing.attempt.flatMap { $0.isOver ? $0.revision : nil } ?? before
        self.briefing = briefing
        if let ended {
            let directory = "\(layout.trail(ended))/.pv"
            files["\(directory)/logs.tmp"] = nil
            // Already done, or nothing went wrong in that attempt.
            _ = rename("\(directory)/logs.tmp", "\(directory)/logs")
        }
    }

    private var pointed: String?

    private func pointToCurrent(_ revision: String) {
        pointed = revision
        let link = "\(layout.logs)/current"
        unlink("\(link).new")
        if symlink(revision, "\(link).new") == 0 { _ = rename("\(link).new", link) }
    }

    /// Where a platform's source is filed.
    func treePath(_ platform: String, _ source: String) -> String {
        "\(layout.logs(of: platform, in: briefing.revision))/\(source)"
    }

    /// False when a line could not be kept.
    ///
    /// - Parameter isFiled: it lies in the tree already.
    func write(_ message: LogMessage, isFiled: Bool = false) -> Bool {
        var isKept = true
        if settings.outputs.hasTree, !isFiled {
            let line = message.treeLine(timestamp: settings.treeTimestamp.map { text(of: message, $0) })
            isKept = append(line, to: treePath(message.platform, message.record.source))
        }
        if settings.outputs.hasSingleFile {
            let line = message.jsonLine(timestamp: settings.singleFileTimestamp.map { text(of: message, $0) })
            isKept = append(line, to: "\(layout.logs)/\(briefing.revision)/pv.log") && isKept
        }
        if settings.outputs.prints(message.platform), !(isKernelLog && message.record.source == "dmesg") {
            printLine(message.printedLine(timestamp: settings.printedTimestamp.map { text(of: message, $0) }))
        }
        if message.record.level <= .error, let attempt = briefing.attempt, !attempt.isOver {
            let line = message.printedLine(timestamp: nil)
            isKept = append(line, to: "\(layout.trail(attempt.revision))/.pv/logs.tmp", isAttempt: true) && isKept
        }
        return isKept
    }

    /// A message with the time it has now.
    func stamp(_ platform: String, _ record: LogRecord, _ number: UInt64?) -> LogMessage {
        var time = timespec()
        clock_gettime(settings.hasRelativeTime ? CLOCK_BOOTTIME : CLOCK_REALTIME, &time)
        return LogMessage(
            platform: platform, record: record, number: number, seconds: Int64(time.tv_sec),
            nanoseconds: Int64(time.tv_nsec))
    }

    private func text(of message: LogMessage, _ format: TimestampFormat) -> String {
        var now = time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        var buffer = [CChar](repeating: 0, count: 256)
        let length = strftime(&buffer, buffer.count, format.format, &parts)
        return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether our output is the kernel's log, as it is on a machine of its own: what comes from there must not go there.
    private let isKernelLog: Bool = {
        var status = stat()
        // The device 1:11 is /dev/kmsg.
        return fstat(STDOUT_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 1 << 8 | 11
    }()

    /// Only what fits at once: whoever does not read our output must not stop the log.
    private func printLine(_ line: [UInt8]) {
        var request = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&request, 1, 0) == 1, request.revents & Int16(POLLOUT) != 0 else { return }
        _ = line.prefix(isKernelLog ? 900 : 4096).withUnsafeBytes {
            Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count)
        }
    }

    // MARK: Files

    private static let mostAttemptBytes = 256 << 10

    private func append(_ line: [UInt8], to path: String, isAttempt: Bool = false) -> Bool {
        guard var file = open(path) else { return false }
        if isAttempt, file.size > Self.mostAttemptBytes { return true }
        let count = line.withUnsafeBytes { Glibc.write(file.descriptor.number, $0.baseAddress, $0.count) }
        guard count == line.count else {
            // Half a line would run into the next one.
            if count > 0 { ftruncate(file.descriptor.number, off_t(file.size)) }
            files[path] = nil
            return false
        }
        file.size += count
        written += count
        files[path] = file
        if !isAttempt, file.size >= quota.fileLimit { onFull(path) }
        return true
    }

    private func open(_ path: String) -> OpenFile? {
        let now = loop.now
        if var file = files[path] {
            guard now - file.checkedAt >= 1000 else { return file }
            var status = stat()
            // Somebody may have removed it, or emptied it.
            if fstat(file.descriptor.number, &status) == 0, status.st_nlink > 0 {
                file.size = Int(status.st_size)
                file.checkedAt = now
                return file
            }
        }
        do throws(DriverError) {
            try Files.makeDirectories(Files.parentDirectory(path))
            let flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK
            let descriptor = try OwnedDescriptor.open(path, flags, mode: 0o640, for: "WriteLog")
            var status = stat()
            guard fstat(descriptor.number, &status) == 0 else { return nil }
            if files.count >= Self.mostOpenFiles { files = [:] }
            return OpenFile(descriptor: descriptor, size: Int(status.st_size), checkedAt: now)
        } catch {
            // A full disk, or a directory in the way: the message is counted as lost.
            return nil
        }
    }

    /// Another file may have the path now.
    func forget(_ path: String) { files[path] = nil }
}

extension LogServerSettings {
    /// How long a file may become before it is rotated.
    package var fileLimit: Int { quota.fileLimit }

    var quota: LogQuota {
        var size: Int64 = 0
        var isMemory = false
        // It may be a mount point of its own, or not be there yet.
        let places = [layout.logs, Files.parentDirectory(layout.logs)]
        let isKnown = places.contains { pv_filesystem_size($0, &size, &isMemory) == 0 }
        if !isKnown { size = 160 << 20 }
        let total = maximumSize.bytes(ofPartition: Int(size), isMemory: isMemory)
        return LogQuota(total: total, rotateFactor: rotateFactor, hysteresisFactor: hysteresisFactor)
    }
}
