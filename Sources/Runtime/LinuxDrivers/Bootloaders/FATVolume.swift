import Drivers

/// Small files in the root directory of a FAT partition that is not mounted.
///
/// The kernel's FAT replaces a file by freeing its blocks first, and a power cut then leaves it empty. Here it is
/// overwritten where it is, sector by sector, and the entry in the directory is one sector that is written last.
struct FATVolume {
    let path: String
    let medium: any BootMedium
    let geometry: FATGeometry

    /// A file's entry in the directory.
    private struct Entry {
        /// Where it is on the volume.
        var place: Int
        var cluster: Int
        var size: Int
    }

    private static let operation = "ReadBootPartition"
    private static let maximumFile = 1 << 16
    /// In entries; FAT allows no more.
    private static let maximumDirectory = 65_536

    /// nil when there is no FAT filesystem on it.
    init?(_ path: String, medium: any BootMedium) throws(DriverError) {
        guard let size = try medium.size(of: path) else {
            throw DriverError(Self.operation, path, errno: 2, "there is no such partition")
        }
        guard let sector = try medium.read(path, at: 0, count: Sector.size),
            let geometry = FATGeometry(sector, size: size)
        else { return nil }
        self.path = path
        self.medium = medium
        self.geometry = geometry
    }

    /// The content of a file with a short name (`autoboot.txt`), nil when there is none.
    func read(_ name: String) throws(DriverError) -> [UInt8]? {
        guard let entry = try find(name) else { return nil }
        guard entry.size <= Self.maximumFile else {
            throw DriverError(Self.operation, "\(path):\(name)", errno: 27, "it has \(entry.size) bytes")
        }
        var bytes: [UInt8] = []
        for place in try places(of: entry) where bytes.count < entry.size {
            bytes += try get(place.lowerBound, place.count)
        }
        guard bytes.count >= entry.size else { throw damaged("the file \(name) ends early") }
        return Array(bytes.prefix(entry.size))
    }

    /// Writes a file: over the old content as far as it has room, else a new one of at most one cluster.
    func write(_ name: String, _ bytes: [UInt8]) throws(DriverError) {
        guard let entry = try find(name) else { return try create(name, bytes) }
        var rest = bytes[...]
        let places = try places(of: entry)
        guard bytes.count <= places.count * geometry.clusterSize else {
            throw DriverError("WriteBootPartition", "\(path):\(name)", errno: 28, "it has no room for more")
        }
        for place in places where !rest.isEmpty {
            try medium.update(path, at: place.lowerBound, with: Array(rest.prefix(place.count)))
            rest = rest.dropFirst(place.count)
        }
        if bytes.count != entry.size { try medium.update(path, at: entry.place + 28, with: long(bytes.count)) }
    }

    /// What writing these files changes, beside their content: tables, directory and the count of free clusters.
    func touched(by names: [String]) throws(DriverError) -> [Range<Int>] {
        var ranges = geometry.tables.map { $0..<($0 + geometry.tableSize) } + (try directory())
        if let place = geometry.freeCount { ranges.append(place..<(place + 4)) }
        for name in names {
            if let entry = try find(name) { ranges += try places(of: entry) }
        }
        return ranges
    }

    // MARK: - Directory

    private func directory() throws(DriverError) -> [Range<Int>] {
        geometry.kind == .fat32 ? try chain(from: geometry.rootCluster) : [geometry.rootDirectory]
    }

    /// Every entry of the root directory: its place, and its 32 bytes.
    private func entries() throws(DriverError) -> [(place: Int, bytes: ArraySlice<UInt8>)] {
        var entries: [(Int, ArraySlice<UInt8>)] = []
        for range in try directory() {
            let bytes = try get(range.lowerBound, range.count)
            for offset in stride(from: 0, to: bytes.count, by: FATGeometry.entrySize) {
                entries.append((range.lowerBound + offset, bytes[offset..<(offset + FATGeometry.entrySize)]))
            }
            guard entries.count <= Self.maximumDirectory else { throw damaged("its root directory does not end") }
        }
        return entries
    }

    private func find(_ name: String) throws(DriverError) -> Entry? {
        let short = FATVolume.shortName(name)
        for (place, bytes) in try entries() {
            let entry = Array(bytes)
            if entry[0] == 0 { return nil }
            // Not a directory, a label or a part of a long name.
            guard entry[11] & 0x18 == 0, entry.prefix(11).elementsEqual(short) else { continue }
            func word(_ at: Int) -> Int { Int(entry[at]) | Int(entry[at + 1]) << 8 }
            let high = geometry.kind == .fat32 ? word(20) << 16 : 0
            return Entry(place: place, cluster: word(26) | high, size: word(28) | word(30) << 16)
        }
        return nil
    }

    /// `pv_rev.txt` as the eleven characters of a short name.
    private static func shortName(_ name: String) -> [UInt8] {
        let parts = name.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1)
        func field(_ index: Int, _ width: Int) -> [UInt8] {
            let text = index < parts.count ? parts[index].map { (97...122).contains($0) ? $0 - 32 : $0 } : []
            return Array(text.prefix(width)) + Array(repeating: 0x20, count: max(0, width - text.count))
        }
        return field(0, 8) + field(1, 3)
    }

    // MARK: - Clusters

    private func places(of entry: Entry) throws(DriverError) -> [Range<Int>] {
        entry.cluster == 0 ? [] : try chain(from: entry.cluster)
    }

    private func chain(from first: Int) throws(DriverError) -> [Range<Int>] {
        var places: [Range<Int>] = []
        var cluster = first
        while geometry.isData(cluster) {
            places.append(geometry.place(ofCluster: cluster))
            // A chain in a circle would not end.
            guard places.count * geometry.clusterSize <= Self.maximumDirectory * FATGeometry.entrySize + 1 << 20 else {
                throw damaged("a chain of clusters does not end")
            }
            let (offset, count) = geometry.entry(ofCluster: cluster)
            cluster = geometry.next(cluster, try get(geometry.tables[0] + offset, count))
        }
        return places
    }

    private func create(_ name: String, _ bytes: [UInt8]) throws(DriverError) {
        guard bytes.count <= geometry.clusterSize else {
            throw DriverError("WriteBootPartition", "\(path):\(name)", errno: 27, "it is longer than one cluster")
        }
        guard let place = try entries().first(where: { $0.bytes.first == 0 || $0.bytes.first == 0xE5 })?.place else {
            throw DriverError("WriteBootPartition", path, errno: 28, "its root directory is full")
        }
        let cluster = try freeCluster()
        try medium.update(path, at: geometry.place(ofCluster: cluster).lowerBound, with: bytes)
        if let place = geometry.freeCount { try medium.update(path, at: place, with: long(0xFFFF_FFFF)) }
        let (offset, count) = geometry.entry(ofCluster: cluster)
        for table in geometry.tables {
            let old = try get(table + offset, count)
            try medium.update(path, at: table + offset, with: geometry.endOfChain(cluster, old))
        }
        var entry = FATVolume.shortName(name) + Array(repeating: 0, count: FATGeometry.entrySize - 11)
        entry[11] = 0x20  // a file to archive
        entry[12] = 0x18  // shown in lower case
        for date in [16, 18, 24] { entry[date] = 0x21 }  // the first day FAT knows
        entry.replaceSubrange(20..<22, with: long(cluster >> 16).prefix(2))
        entry.replaceSubrange(26..<28, with: long(cluster).prefix(2))
        entry.replaceSubrange(28..<32, with: long(bytes.count))
        try medium.update(path, at: place, with: entry)
    }

    private func freeCluster() throws(DriverError) -> Int {
        let table = try get(geometry.tables[0], geometry.tableSize)
        for cluster in 2..<(geometry.clusters + 2) {
            let (offset, count) = geometry.entry(ofCluster: cluster)
            if geometry.next(cluster, Array(table[offset..<(offset + count)])) == 0 { return cluster }
        }
        throw DriverError("WriteBootPartition", path, errno: 28, "no cluster is free")
    }

    // MARK: - Bytes

    private func get(_ offset: Int, _ count: Int) throws(DriverError) -> [UInt8] {
        guard let bytes = try medium.read(path, at: offset, count: count), bytes.count == count else {
            throw damaged("it ends before byte \(offset + count)")
        }
        return bytes
    }

    private func long(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    private func damaged(_ reason: String) -> DriverError {
        DriverError(Self.operation, path, "its FAT filesystem is damaged: \(reason); run fsck.fat on it")
    }
}
