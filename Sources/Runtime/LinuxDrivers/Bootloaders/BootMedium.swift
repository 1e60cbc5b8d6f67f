import Drivers

/// The effects on files and block devices that bootloader drivers are made of.
///
/// Each is on the storage when it returns, and whole as far as one sector goes: to know what a power cut leaves, put a
/// medium between that stops in the middle. Paths are absolute.
protocol BootMedium: Sendable {
    /// Bytes of a file or device as the storage has them; fewer at its end, nil when there is none.
    func read(_ path: String, at offset: Int, count: Int) throws(DriverError) -> [UInt8]?
    /// Bytes of a file or device; nil when there is none.
    func size(of path: String) throws(DriverError) -> Int?
    /// The names in a directory, sorted; none when there is no such directory.
    func names(in directory: String) throws(DriverError) -> [String]
    /// Whether two names are one file.
    func isSame(_ path: String, _ other: String) throws(DriverError) -> Bool

    /// Replaces bytes in the middle of a file or device, which keeps its size.
    func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) throws(DriverError)
    /// Adds to the end of a file, which is made when there is none.
    func append(_ bytes: [UInt8], to path: String) throws(DriverError)
    /// Gives a file another name, in place of what has that name.
    func rename(_ path: String, to other: String) throws(DriverError)
    /// Removes a file or a tree; nothing there is a success.
    func remove(_ path: String) throws(DriverError)
    func makeDirectories(_ path: String) throws(DriverError)
    /// Gives a file of a trail a second name, in place of what has that name; both paths are relative to the trail.
    func link(_ file: String, as name: String, in trail: String) throws(DriverError)

    /// Brings everything that was done on the filesystem of a path to where a loader looks for it.
    func settle(_ path: String) throws(DriverError)
    /// Says that a loader can read a file: its content is in blocks of its own and written.
    func check(_ path: String) throws(DriverError)
}

enum Sector {
    /// What a storage writes whole or not at all, in bytes.
    static let size = 512
}

extension BootMedium {
    /// The whole of a file, nil when there is none; longer than the limit is an error.
    func read(_ path: String, limit: Int) throws(DriverError) -> [UInt8]? {
        guard let bytes = try read(path, at: 0, count: limit + 1) else { return nil }
        guard bytes.count <= limit else {
            throw DriverError("ReadBootFile", path, errno: 27, "it is longer than the limit of \(limit) bytes")
        }
        return bytes
    }

    /// Replaces bytes, only the sectors in which they differ, and reads them back.
    func update(_ path: String, at offset: Int, with bytes: [UInt8]) throws(DriverError) {
        let old = try read(path, at: offset, count: bytes.count) ?? []
        guard old.count == bytes.count else {
            throw DriverError("WriteBootFile", path, "it ends before byte \(offset + bytes.count)")
        }
        var run: Range<Int>?
        var start = 0
        while start < bytes.count {
            // Sectors are those of the device, wherever the bytes begin.
            let end = min(bytes.count, (offset + start) / Sector.size * Sector.size + Sector.size - offset)
            if !old[start..<end].elementsEqual(bytes[start..<end]) {
                run = (run?.lowerBound ?? start)..<end
            } else if let ready = run {
                try overwrite(path, at: offset + ready.lowerBound, with: Array(bytes[ready]))
                run = nil
            }
            start = end
        }
        if let run { try overwrite(path, at: offset + run.lowerBound, with: Array(bytes[run])) }
        guard try read(path, at: offset, count: bytes.count) == bytes else {
            throw DriverError("WriteBootFile", path, "it does not read back as it was written; the storage is failing")
        }
    }

    /// Replaces a file under a name that a loader knows: first a new one beside it, then its name.
    func replace(_ path: String, with bytes: [UInt8]) throws(DriverError) {
        let temporary = path + ".new"
        try remove(temporary)
        try append(bytes, to: temporary)
        try rename(temporary, to: path)
        guard try read(path, limit: bytes.count) == bytes else {
            throw DriverError("WriteBootFile", path, "it does not read back as it was written; the storage is failing")
        }
    }

    private static var piece: Int { 1 << 20 }

    /// Copies a file to a name that is new or to be replaced, and compares the copy.
    func copy(_ source: String, to target: String) throws(DriverError) {
        let temporary = target + ".new"
        try remove(temporary)
        var offset = 0
        while true {
            let bytes = try read(source, at: offset, count: Self.piece) ?? []
            if bytes.isEmpty && offset > 0 { break }
            try append(bytes, to: temporary)
            offset += bytes.count
            if bytes.isEmpty { break }
        }
        try rename(temporary, to: target)
        guard try hasSameContent(source, target) else {
            throw DriverError(
                "WriteBootFile", target, "it does not read back as it was written; the storage is failing")
        }
    }

    func hasSameContent(_ path: String, _ other: String) throws(DriverError) -> Bool {
        guard let size = try size(of: path), try self.size(of: other) == size else { return false }
        for offset in stride(from: 0, to: size, by: Self.piece) {
            guard try read(path, at: offset, count: Self.piece) == read(other, at: offset, count: Self.piece) else {
                return false
            }
        }
        return true
    }
}
