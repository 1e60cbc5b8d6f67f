/// A FAT12 filesystem of 32 KiB with files of one cluster each.
enum TinyFAT {
    static let size = 64 * 512

    static func image(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
        var image = [UInt8](repeating: 0, count: size)
        // 512 bytes a sector, 1 sector a cluster, 1 reserved, 2 tables of 1, 16 root entries, 64 sectors.
        let boot: [Int: [UInt8]] = [
            0: [0xEB, 0x3C, 0x90], 11: [0, 2, 1, 1, 0, 2, 16, 0, 64, 0, 0xF8, 1, 0], 38: [0x29],
            54: Array("FAT12   ".utf8), 510: [0x55, 0xAA],
        ]
        for (place, bytes) in boot { image.replaceSubrange(place..<(place + bytes.count), with: bytes) }
        var tables: [Int] = [0xFF8, 0xFFF]
        for (number, file) in files.enumerated() {
            let parts = file.name.uppercased().split(separator: ".")
            var entry = [UInt8](repeating: 0x20, count: 11) + Array(repeating: 0, count: 21)
            entry.replaceSubrange(0..<parts[0].utf8.count, with: parts[0].utf8)
            entry.replaceSubrange(8..<(8 + parts[1].utf8.count), with: parts[1].utf8)
            entry[11] = 0x20
            entry[26] = UInt8(2 + number)
            entry[28] = UInt8(file.content.count & 0xFF)
            entry[29] = UInt8(file.content.count >> 8)
            image.replaceSubrange((3 * 512 + number * 32)..<(3 * 512 + number * 32 + 32), with: entry)
            let data = (4 + number) * 512
            image.replaceSubrange(data..<(data + file.content.count), with: file.content)
            tables.append(0xFFF)
        }
        for (cluster, value) in tables.enumerated() {
            let place = cluster * 3 / 2
            let bits = cluster & 1 == 0 ? (value & 0xFF, value >> 8) : (value << 4 & 0xF0, value >> 4)
            for table in [512, 1024] {
                image[table + place] |= UInt8(bits.0)
                image[table + place + 1] |= UInt8(bits.1)
            }
        }
        return image
    }
}
