/// An entry of the Boot Loader Specification (UAPI.1, type 1) with its boot counter: `loader/entries/NAME+LEFT-DONE.conf`.
///
/// The counter is in the name, "tries left" and "tries done"; systemd-boot counts down by renaming before it boots, and
/// sorts an entry without tries left behind all others. Without a counter the entry is good (Boot Loader Specification,
/// "Boot counting"; systemd, "Automatic Boot Assessment").
///
/// A unified kernel image is an entry's `linux`, too. As an entry of type 2, found by its file alone, it would be sorted
/// by the version inside, and trying an older one would be impossible.
struct BootEntry: Equatable {
    static let prefix = "pantavisor-"
    static let suffix = ".conf"

    var revision: String
    /// How often it may still be tried, and how often it was; nil = it is good.
    var counter: Counter?
    /// Entries with a greater one are booted first.
    var generation = 0

    struct Counter: Equatable {
        var left: Int
        var done: Int
    }

    var fileName: String {
        let count = counter.map { "+\($0.left)" + ($0.done > 0 ? "-\($0.done)" : "") } ?? ""
        return BootEntry.prefix + BootEntry.encode(revision) + count + BootEntry.suffix
    }

    /// nil when the name is not one of ours.
    ///
    /// FAT and loaders do not keep upper and lower case apart.
    init?(fileName: String) {
        let name = fileName.lowercased()
        guard name.hasPrefix(BootEntry.prefix), name.hasSuffix(BootEntry.suffix) else { return nil }
        var middle = name.dropFirst(BootEntry.prefix.count).dropLast(BootEntry.suffix.count)
        if let plus = middle.lastIndex(of: "+") {
            let numbers = middle[middle.index(after: plus)...].split(
                separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = numbers.first.flatMap({ Int($0) }), first >= 0 else { return nil }
            let second = numbers.count == 2 ? Int(numbers[1]) : 0
            guard let second, second >= 0 else { return nil }
            counter = Counter(left: first, done: second)
            middle = middle[..<plus]
        }
        guard let revision = BootEntry.decode(middle) else { return nil }
        self.revision = revision
    }

    init(revision: String, counter: Counter? = nil, generation: Int) {
        self.revision = revision
        self.counter = counter
        self.generation = generation
    }

    // MARK: - Content

    /// - Parameters:
    ///   - files: on the same filesystem: the kernel, what else is loaded in order, and the device tree.
    ///   - options: of the kernel, beside `pv_rev`.
    func text(kernel: String, initrds: [String], deviceTree: String?, options: String) -> [UInt8] {
        var lines = [
            "title Pantavisor \(revision)", "sort-key pantavisor", "version \(generation)", "linux \(kernel)",
        ]
        lines += initrds.map { "initrd \($0)" }
        if let deviceTree { lines.append("devicetree \(deviceTree)") }
        lines.append("options \(options.isEmpty ? "" : options + " ")pv_rev=\(revision)")
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// The values of a key in an entry's text.
    static func values(of key: String, in text: [UInt8]) -> [String] {
        text.split(separator: 0x0A).compactMap { line in
            let words = line.split(maxSplits: 1) { $0 == 0x20 || $0 == 0x09 }
            guard words.count == 2, words[0].elementsEqual(key.utf8) else { return nil }
            return String(decoding: words[1], as: UTF8.self).trimmed
        }
    }

    // MARK: - Names

    /// A revision as a part of a file name: what the specification does not allow there, and what FAT would take for
    /// the same, as `_` and two digits.
    static func encode(_ revision: String) -> String {
        var name = ""
        for byte in revision.utf8 {
            switch byte {
            case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"): name.unicodeScalars.append(Unicode.Scalar(byte))
            default: name += "_" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return name
    }

    private static func decode(_ name: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = name.utf8
        while let byte = rest.popFirst() {
            switch byte {
            case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"): bytes.append(byte)
            case UInt8(ascii: "_"):
                let digits = String(decoding: rest.prefix(2), as: UTF8.self)
                guard digits.utf8.count == 2, let code = UInt8(digits, radix: 16) else { return nil }
                bytes.append(code)
                rest = rest.dropFirst(2)
            default: return nil
            }
        }
        return bytes.isEmpty ? nil : String(validating: bytes, as: UTF8.self)
    }
}

extension String {
    fileprivate var trimmed: String {
        let start = drop { $0 == " " || $0 == "\t" }
        guard let end = start.lastIndex(where: { $0 != " " && $0 != "\t" && $0 != "\r" }) else { return "" }
        return String(start[...end])
    }
}
