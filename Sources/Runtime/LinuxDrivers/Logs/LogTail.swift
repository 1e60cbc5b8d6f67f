import Drivers
import Glibc
import Synchronization

/// One reader of one log file; it goes on where a file was truncated or replaced.
final class LogTail: Sendable {
    private static let operation = "ReadLog"
    private static let chunk = 65_536

    private struct State {
        var file: OwnedDescriptor
        var offset: Int64
    }

    private let path: String
    private let state: Mutex<State>
    private let changes: ChangeBell?

    /// Opens the file at its last lines.
    init(_ path: String, lastLines: Int?, follow: Bool, reactor: Reactor) throws(DriverError) {
        self.path = path
        // The bell first, so that no change between opening and waiting is missed.
        changes = follow ? try ChangeBell(path, reactor: reactor) : nil
        let file = try OwnedDescriptor.open(path, O_RDONLY | O_NOFOLLOW, for: Self.operation)
        let offset = try lastLines.map { lines throws(DriverError) in try Self.start(of: lines, in: file, path) } ?? 0
        state = Mutex(State(file: file, offset: offset))
    }

    /// The next bytes; nil at the end of a file that is not followed, or when the reader was cancelled.
    func next(on threads: Threads) async throws -> [UInt8]? {
        while !Task.isCancelled {
            let bytes = try await threads.run { () throws(DriverError) in try self.read() }
            if !bytes.isEmpty { return bytes }
            guard let changes else { return nil }
            await changes.ring()
        }
        return nil
    }

    private func read() throws(DriverError) -> [UInt8] {
        try state.withLock { state throws(DriverError) in
            var bytes = [UInt8](repeating: 0, count: Self.chunk)
            while true {
                let count = pread(state.file.number, &bytes, bytes.count, off_t(state.offset))
                guard count >= 0 else { throw .ofSystem(Self.operation, path) }
                if count > 0 {
                    state.offset += Int64(count)
                    return Array(bytes.prefix(count))
                }
                guard changes != nil, try reopen(&state) else { return [] }
            }
        }
    }

    /// Looks whether the file was truncated or replaced; true when there is something new to read from.
    private func reopen(_ state: inout State) throws(DriverError) -> Bool {
        var open = stat()
        var named = stat()
        guard fstat(state.file.number, &open) == 0 else { throw .ofSystem(Self.operation, path) }
        if lstat(path, &named) == 0, named.st_ino != open.st_ino || named.st_dev != open.st_dev {
            state.file = try OwnedDescriptor.open(path, O_RDONLY | O_NOFOLLOW, for: Self.operation)
            state.offset = 0
            return true
        }
        guard open.st_size < state.offset else { return false }
        state.offset = 0
        return open.st_size > 0
    }

    /// Where the last lines begin: reads backwards, a chunk at a time.
    private static func start(
        of lines: Int, in file: OwnedDescriptor, _ path: String
    ) throws(DriverError) -> Int64 {
        let size = lseek(file.number, 0, SEEK_END)
        guard size >= 0 else { throw .ofSystem(operation, path) }
        guard lines > 0 else { return Int64(size) }
        var position = Int64(size)
        var found = 0
        var bytes = [UInt8](repeating: 0, count: chunk)
        while position > 0 {
            let begin = max(0, position - Int64(chunk))
            let count = pread(file.number, &bytes, Int(position - begin), off_t(begin))
            guard count > 0 else { return begin }
            for index in stride(from: count - 1, through: 0, by: -1) where bytes[index] == UInt8(ascii: "\n") {
                // The line end at the very end of the file closes the last line, it does not begin another.
                if begin + Int64(index) == Int64(size) - 1 { continue }
                found += 1
                if found == lines { return begin + Int64(index) + 1 }
            }
            position = begin
        }
        return 0
    }
}
