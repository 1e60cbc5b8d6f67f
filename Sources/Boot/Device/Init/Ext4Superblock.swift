/// What the superblock of an ext2, ext3 or ext4 says of it (Documentation/filesystems/ext4/super.rst).
struct Ext4Superblock: Equatable {
    /// Where it lies, and how much of it there is.
    static let offset = 1024
    static let size = 1024

    let label: String
    /// In the usual form, lower case.
    let uuid: String
    let blockSize: UInt64
    let blocks: UInt64

    /// Nil when these bytes are no such superblock.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Ext4Superblock.size, Ext4Superblock.number(bytes, at: 0x38, bytes: 2) == 0xef53 else {
            return nil
        }
        let logarithm = Ext4Superblock.number(bytes, at: 0x18, bytes: 4)
        guard logarithm <= 6 else { return nil }
        blockSize = 1024 << logarithm
        let is64Bit = Ext4Superblock.number(bytes, at: 0x60, bytes: 4) & 0x80 != 0
        let high = is64Bit ? Ext4Superblock.number(bytes, at: 0x150, bytes: 4) : 0
        blocks = high << 32 | Ext4Superblock.number(bytes, at: 0x4, bytes: 4)
        label = String(decoding: bytes[0x78..<0x88].prefix { $0 != 0 }, as: UTF8.self)
        uuid = Ext4Superblock.uuid(bytes[0x68..<0x78])
    }

    func matches(_ source: StorageSource) -> Bool {
        switch source {
        case .label(let label): self.label == label
        case .uuid(let uuid): self.uuid == uuid
        case .path: false
        }
    }

    /// How many blocks it should have on a device of that size; nil when it would not grow by at least 1 MiB.
    func blocks(onDeviceOf bytes: UInt64) -> UInt64? {
        let possible = bytes / blockSize
        return possible >= blocks + max((1 << 20) / blockSize, 1) ? possible : nil
    }

    private static func number(_ bytes: [UInt8], at offset: Int, bytes count: Int) -> UInt64 {
        bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func uuid(_ bytes: ArraySlice<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return bytes.enumerated().reduce(into: "") { text, byte in
            if [4, 6, 8, 10].contains(byte.offset) { text.append("-") }
            text.append(digits[Int(byte.element >> 4)])
            text.append(digits[Int(byte.element & 15)])
        }
    }
}
