import Drivers
import Glibc
import LogServer

/// Copies what others write into the log directory, the runtime and liblxc, to the outputs beside it.
final class TreeFiles {
    private struct Entry {
        let path: String
        let file: FollowedFile
        let mark: FileWatch.Mark?
    }

    private let output: LogOutput
    private let ledger: LogLedger
    private let watch: FileWatch
    private var entries: [String: Entry] = [:]

    init(_ output: LogOutput, _ ledger: LogLedger, _ watch: FileWatch) {
        self.output = output
        self.ledger = ledger
        self.watch = watch
    }

    /// Follows exactly these: paths of files, and what to make of their lines.
    func follow(_ wanted: [(path: String, platform: String, parse: (ArraySlice<UInt8>) -> LogRecord)]) {
        let paths = Set(wanted.map(\.path))
        for (path, entry) in entries where !paths.contains(path) {
            read(path)
            watch.remove(entry.mark)
            entry.file.pause()
            entries[path] = nil
        }
        for file in wanted where entries[file.path]?.mark == nil {
            let followed = FollowedFile(file.path, ledger) { [output] line in
                // A line that cannot be copied is still in the tree.
                _ = output.write(output.stamp(file.platform, file.parse(line), nil), isFiled: true)
            }
            let directory = Files.parentDirectory(file.path)
            let name = String(file.path.dropFirst(directory.utf8.count + 1))
            let mark = watch.add(ownDirectory: directory, UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO)) {
                [unowned self] _, changed in
                if changed == name { read(file.path) }
            }
            entries[file.path] = Entry(path: file.path, file: followed, mark: mark)
            read(file.path)
        }
    }

    func readAll() {
        for path in entries.keys { read(path) }
    }

    private func read(_ path: String) {
        guard let entry = entries[path] else { return }
        let number = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        entry.file.follow(number < 0 ? nil : OwnedDescriptor(number))
        while entry.file.read() {}
    }
}

/// Lines of files whose lines have no form.
enum PlainLine {
    static func parse(_ line: ArraySlice<UInt8>, source: String) -> LogRecord {
        LogRecord(level: .info, source: source, text: Array(line))
    }

    /// liblxc's: its errors are errors.
    static func parseLXC(_ line: ArraySlice<UInt8>) -> LogRecord {
        let isError = LXCLog.error(in: Substring(String(decoding: line, as: UTF8.self))) != nil
        return LogRecord(level: isError ? .error : .info, source: "lxc/lxc.log", text: Array(line))
    }
}
