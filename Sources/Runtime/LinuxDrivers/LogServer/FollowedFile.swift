import CShims
import Drivers
import Glibc
import LogServer

/// Reads lines of one file as they are appended, over rotations, truncations and restarts of the log server.
///
/// How far it was read is in the ledger; the end of a line that is not there yet is read again.
final class FollowedFile {
    private static let turnBytes = 262_144

    private let ledger: LogLedger
    private let name: String
    private let take: (ArraySlice<UInt8>) -> Void
    private var file: OwnedDescriptor?
    private var inode: UInt64 = 0
    private var offset: Int64 = 0
    private var rest: [UInt8] = []

    /// - Parameters:
    ///   - name: of the file, for the ledger.
    ///   - take: called for each line.
    init(_ name: String, _ ledger: LogLedger, _ take: @escaping (ArraySlice<UInt8>) -> Void) {
        self.name = name
        self.ledger = ledger
        self.take = take
    }

    private var key: String { "file \(name) \(inode)" }

    /// Goes on with what its path leads to now; nil when there is no file.
    ///
    /// - Parameter isOld: nothing in it is news when it is seen for the first time.
    func follow(_ current: OwnedDescriptor?, isOld: (stat) -> Bool = { _ in false }) {
        guard let current else { return }
        var status = stat()
        guard fstat(current.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        if file != nil, status.st_ino == inode {
            // The same file, perhaps another view of it: an overlay shows a descriptor what was there when it was opened.
            file = current
            return
        }
        finish()
        file = current
        inode = UInt64(status.st_ino)
        offset = ledger[key].map { Int64(clamping: $0) } ?? (isOld(status) ? Int64(status.st_size) : 0)
        ledger[key] = UInt64(offset)
    }

    /// Reads what there is, at most so much in a row; true when there may be more.
    func read() -> Bool {
        guard let file else { return false }
        var status = stat()
        if fstat(file.number, &status) == 0, Int64(status.st_size) < offset {
            offset = 0
            rest = []
        }
        var taken = 0
        // Not kept: there are many files, and they are read one after the other.
        var piece = [UInt8](repeating: 0, count: 16_384)
        while taken < Self.turnBytes {
            let count = pread(file.number, &piece, piece.count, off_t(offset))
            guard count > 0 else { break }
            taken += count
            offset += Int64(count)
            rest += piece[..<count]
            takeLines()
            ledger[key] = UInt64(offset - Int64(rest.count))
        }
        return taken >= Self.turnBytes
    }

    private func takeLines() {
        var lines = rest[...]
        while let end = lines.firstIndex(of: UInt8(ascii: "\n")) {
            // A console's lines end as a terminal's do.
            let line = lines[..<end].last == UInt8(ascii: "\r") ? lines[..<(end - 1)] : lines[..<end]
            if !line.isEmpty { take(line.prefix(LogRecord.maximumLength)) }
            lines = lines[(end + 1)...]
        }
        if lines.count >= LogRecord.maximumLength {
            take(lines)
            lines = []
        }
        rest = Array(lines)
    }

    /// Reads to the end, and forgets the file.
    func finish() {
        guard file != nil else { return }
        while read() {}
        if !rest.isEmpty { take(rest[...]) }
        rest = []
        ledger[key] = nil
        file = nil
    }

    /// Lets go of the file; its place stays in the ledger.
    func pause() {
        file = nil
        rest = []
    }
}
