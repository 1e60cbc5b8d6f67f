import CShims
import Drivers
import Glibc

/// A flash partition as the kernel's MTD layer shows it: `/dev/mtd3`.
struct LinuxFlash: Flash {
    let name: String
    let eraseSize: Int
    let isNOR: Bool
    private let device: OwnedDescriptor
    /// Where each good block begins.
    private let blocks: [Int]

    var size: Int { blocks.count * eraseSize }

    /// The partition of that name.
    init(named name: String, table: String = "/proc/mtd", devices: String = "/dev") throws(DriverError) {
        let text = Files.text(table) ?? ""
        guard let number = LinuxFlash.number(of: name, in: text) else {
            throw DriverError("OpenFlash", name, "the kernel knows no flash partition of that name; see \(table)")
        }
        try self.init(name: name, path: "\(devices)/mtd\(number)")
    }

    private init(name: String, path: String) throws(DriverError) {
        device = try OwnedDescriptor.open(path, O_RDWR | O_SYNC, for: "OpenFlash")
        var info = pv_flash_info()
        guard pv_flash_get_info(device.number, &info) == 0 else { throw .ofSystem("OpenFlash", path) }
        guard info.erase_size > 0, info.size <= 1 << 32 else {
            throw DriverError("OpenFlash", path, "a flash of \(info.size) bytes in blocks of \(info.erase_size)")
        }
        self.name = name
        eraseSize = Int(info.erase_size)
        isNOR = info.is_nor
        var good: [Int] = []
        for block in stride(from: 0, to: Int(info.size), by: Int(info.erase_size)) {
            let isBad = pv_flash_is_bad(device.number, Int64(block))
            guard isBad >= 0 else { throw .ofSystem("OpenFlash", path) }
            if isBad == 0 { good.append(block) }
        }
        blocks = good
    }

    /// The number of a partition in `/proc/mtd`, whose lines are `mtd0: 00100000 00020000 "name"`.
    static func number(of name: String, in table: String) -> Int? {
        for line in table.split(separator: "\n") where line.hasPrefix("mtd") && line.hasSuffix(" \"\(name)\"") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            return Int(line[line.index(line.startIndex, offsetBy: 3)..<colon])
        }
        return nil
    }

    func read(at offset: Int, count: Int) throws(DriverError) -> [UInt8] {
        try checkRange(offset, count)
        var bytes = [UInt8](repeating: 0, count: count)
        try eachPart(offset, count) { (part, place) throws(DriverError) in
            let got = bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { pread(device.number, $0 + part.lowerBound, part.count, off_t(place)) } ?? 0
            }
            guard got == part.count else { throw .ofSystem("ReadFlash", name) }
        }
        return bytes
    }

    func erase(at offset: Int) throws(DriverError) {
        try checkRange(offset, eraseSize)
        guard pv_flash_erase(device.number, UInt32(blocks[offset / eraseSize]), UInt32(eraseSize)) == 0 else {
            throw .ofSystem("EraseFlash", name)
        }
    }

    func program(_ bytes: [UInt8], at offset: Int) throws(DriverError) {
        try checkRange(offset, bytes.count)
        try eachPart(offset, bytes.count) { (part, place) throws(DriverError) in
            let written = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map { pwrite(device.number, $0 + part.lowerBound, part.count, off_t(place)) } ?? 0
            }
            guard written == part.count else { throw .ofSystem("WriteFlash", name) }
        }
    }

    /// The parts of a range that lie in one block each, and where they are on the device.
    private func eachPart(
        _ offset: Int, _ count: Int, _ body: (_ part: Range<Int>, _ place: Int) throws(DriverError) -> Void
    ) throws(DriverError) {
        var done = 0
        while done < count {
            let (block, inside) = (offset + done).quotientAndRemainder(dividingBy: eraseSize)
            let part = min(count - done, eraseSize - inside)
            try body(done..<(done + part), blocks[block] + inside)
            done += part
        }
    }
}
