/// Where things are on a FAT filesystem, from its first sector (Microsoft's FAT specification, 1.03).
struct FATGeometry: Equatable {
    enum Kind: Int {
        case fat12 = 12
        case fat16 = 16
        case fat32 = 32
    }

    let kind: Kind
    let sectorSize: Int
    let clusterSize: Int
    let clusters: Int
    /// Where each copy of the table begins.
    let tables: [Int]
    let tableSize: Int
    /// The root directory of FAT12 and FAT16.
    let rootDirectory: Range<Int>
    /// The root directory's first cluster of FAT32.
    let rootCluster: Int
    /// Where the count of free clusters is, on FAT32.
    let freeCount: Int?
    private let data: Int

    /// nil when it is no FAT filesystem that could be written.
    init?(_ sector: [UInt8], size: Int) {
        guard sector.count >= Sector.size, sector[510] == 0x55, sector[511] == 0xAA else { return nil }
        func word(_ at: Int) -> Int { Int(sector[at]) | Int(sector[at + 1]) << 8 }
        func long(_ at: Int) -> Int { word(at) | word(at + 2) << 16 }
        sectorSize = word(11)
        let perCluster = Int(sector[13])
        let (reserved, copies, rootEntries) = (word(14), Int(sector[16]), word(17))
        let tableSectors = word(22) != 0 ? word(22) : long(36)
        let sectors = word(19) != 0 ? word(19) : long(32)
        guard [512, 1024, 2048, 4096].contains(sectorSize), perCluster > 0, perCluster & (perCluster - 1) == 0,
            reserved > 0, (1...4).contains(copies), tableSectors > 0, sectors * sectorSize <= size
        else { return nil }
        let rootStart = (reserved + copies * tableSectors) * sectorSize
        let rootSize = (rootEntries * FATGeometry.entrySize + sectorSize - 1) / sectorSize * sectorSize
        data = rootStart + rootSize
        clusterSize = perCluster * sectorSize
        clusters = (sectors * sectorSize - data) / clusterSize
        // As the kernel tells them: there are small ones of FAT32 that should not be, by the specification.
        kind = word(22) == 0 ? .fat32 : clusters < 4085 ? .fat12 : .fat16
        let tableBytes = tableSectors * sectorSize
        let firstTable = reserved * sectorSize
        tableSize = tableBytes
        tables = (0..<copies).map { firstTable + $0 * tableBytes }
        rootDirectory = rootStart..<data
        rootCluster = kind == .fat32 ? long(44) : 0
        let information = kind == .fat32 ? word(48) : 0
        freeCount = (1..<reserved).contains(information) ? information * sectorSize + 488 : nil
        guard clusters > 0, (clusters + 2) * kind.rawValue / 8 <= tableSize,
            kind == .fat32 ? rootCluster >= 2 : !rootDirectory.isEmpty
        else { return nil }
    }

    static let entrySize = 32

    /// The place of a cluster's data.
    func place(ofCluster cluster: Int) -> Range<Int> {
        let start = data + (cluster - 2) * clusterSize
        return start..<(start + clusterSize)
    }

    func isData(_ cluster: Int) -> Bool { cluster >= 2 && cluster < clusters + 2 }

    /// The place of a cluster's entry in a table, in bytes, and how many bytes hold it.
    func entry(ofCluster cluster: Int) -> (offset: Int, count: Int) {
        switch kind {
        case .fat12: (cluster * 3 / 2, 2)
        case .fat16: (cluster * 2, 2)
        case .fat32: (cluster * 4, 4)
        }
    }

    /// What an entry says; the bytes are those of `entry(ofCluster:)`.
    func next(_ cluster: Int, _ bytes: [UInt8]) -> Int {
        let raw = bytes.enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        return switch kind {
        case .fat12: cluster & 1 == 0 ? raw & 0xFFF : raw >> 4
        case .fat16: raw
        case .fat32: raw & 0x0FFF_FFFF
        }
    }

    /// The bytes of an entry that ends a chain; what else is in them stays.
    func endOfChain(_ cluster: Int, _ bytes: [UInt8]) -> [UInt8] {
        switch kind {
        case .fat12 where cluster & 1 == 0: [0xFF, bytes[1] | 0x0F]
        case .fat12: [bytes[0] | 0xF0, 0xFF]
        case .fat16: [0xFF, 0xFF]
        case .fat32: [0xFF, 0xFF, 0xFF, bytes[3] & 0xF0 | 0x0F]
        }
    }
}
