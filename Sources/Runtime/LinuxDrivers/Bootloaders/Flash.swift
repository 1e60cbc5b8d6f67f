import Drivers

/// Flash memory, which is erased in blocks to all ones before it is written; bad blocks are left out of the counting.
protocol Flash: Sendable {
    var name: String { get }
    /// Without bad blocks, in bytes.
    var size: Int { get }
    var eraseSize: Int { get }
    /// Whether single bytes can be written again, from 1 to 0.
    var isNOR: Bool { get }
    func read(at offset: Int, count: Int) throws(DriverError) -> [UInt8]
    /// Erases the block that begins there.
    func erase(at offset: Int) throws(DriverError)
    /// Writes what was erased.
    func program(_ bytes: [UInt8], at offset: Int) throws(DriverError)
}

extension Flash {
    /// Replaces bytes: each block that changes is read, erased, written and read back.
    func update(at offset: Int, with bytes: [UInt8]) throws(DriverError) {
        try checkRange(offset, bytes.count)
        var block = offset / eraseSize * eraseSize
        while block < offset + bytes.count {
            let old = try read(at: block, count: eraseSize)
            var new = old
            let start = max(block, offset)
            let end = min(block + eraseSize, offset + bytes.count)
            new.replaceSubrange((start - block)..<(end - block), with: bytes[(start - offset)..<(end - offset)])
            if new != old { try replaceBlock(at: block, with: new) }
            block += eraseSize
        }
    }

    func replaceBlock(at block: Int, with bytes: [UInt8]) throws(DriverError) {
        try erase(at: block)
        try program(bytes, at: block)
        guard try read(at: block, count: bytes.count) == bytes else {
            throw DriverError("WriteFlash", name, "block at \(block) does not read back as written; it is worn out")
        }
    }

    func checkRange(_ offset: Int, _ count: Int) throws(DriverError) {
        guard offset >= 0, count >= 0, offset + count <= size else {
            throw DriverError(
                "WriteFlash", name, "it has \(size) bytes; \(count) from byte \(offset) on do not fit")
        }
    }
}
