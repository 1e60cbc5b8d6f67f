import Drivers

/// `autoboot.txt`: which partition the Raspberry Pi's firmware boots, and which one when it is asked to try
/// (raspberrypi.com, "config.txt", `autoboot.txt` and `tryboot_a_b`).
struct Autoboot: Equatable {
    static let name = "autoboot.txt"
    /// The firmware reads no more, in bytes.
    static let maximumSize = 512

    private var text: [UInt8]
    private var normalPlace: Range<Int>
    private var tryPlace: Range<Int>
    let normal: Int
    let trying: Int

    /// nil when it does not name both.
    init?(_ text: [UInt8]) {
        // nil in a section for some boards or pins only, whose lines are left as they are.
        var isTry: Bool? = false
        var places: [Bool: Range<Int>] = [:]
        let key = Array("boot_partition=".utf8)
        for line in text.prefix(Autoboot.maximumSize).split(separator: 0x0A) {
            if line.first == UInt8(ascii: "[") {
                isTry = line.starts(with: "[tryboot]".utf8) ? true : line.starts(with: "[all]".utf8) ? false : nil
            } else if let isTry, line.starts(with: key) {
                let digits = line.dropFirst(key.count).prefix { (48...57).contains($0) }
                places[isTry] = digits.startIndex..<digits.endIndex
            }
        }
        guard let normalPlace = places[false], let tryPlace = places[true],
            let normal = Autoboot.number(text[normalPlace]), let trying = Autoboot.number(text[tryPlace])
        else { return nil }
        self.text = text
        self.normalPlace = normalPlace
        self.tryPlace = tryPlace
        self.normal = normal
        self.trying = trying
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard let number = Int(String(decoding: digits, as: UTF8.self)), (1...99).contains(number) else { return nil }
        return number
    }

    /// The text with both changed round: of the same length as the old one, so that it is written in one sector.
    var swapped: [UInt8] {
        guard normalPlace.count == tryPlace.count else { return Autoboot.text(normal: trying, trying: normal) }
        var text = text
        text.replaceSubrange(normalPlace, with: self.text[tryPlace])
        text.replaceSubrange(tryPlace, with: self.text[normalPlace])
        return text
    }

    static func text(normal: Int, trying: Int) -> [UInt8] {
        Array("[all]\ntryboot_a_b=1\nboot_partition=\(normal)\n[tryboot]\nboot_partition=\(trying)\n".utf8)
    }
}

/// `pv_rev.txt` on a boot partition: the revisions it is for, between commas.
struct PartitionRevisions: Equatable {
    static let name = "pv_rev.txt"
    /// Upstream's runtime reads no more, in bytes; the file has them from the start, so that it is written in place.
    private static let size = 255

    private(set) var all: [String]

    init(_ all: [String]) {
        self.all = all
    }

    init(text: [UInt8]) {
        all = text.split { $0 == UInt8(ascii: ",") || $0 <= 0x20 }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Adds one, and forgets the oldest when there is no room; but not `kept`.
    mutating func add(_ revision: String, keeping kept: String? = nil) {
        all.removeAll { $0 == revision }
        all.append(revision)
        while text.count > Self.size, let place = all.firstIndex(where: { $0 != kept && $0 != revision }) {
            all.remove(at: place)
        }
    }

    private var text: [UInt8] { Array((all.joined(separator: ",") + "\n").utf8) }

    var bytes: [UInt8] { text + Array(repeating: 0x0A, count: max(0, Self.size - text.count)) }
}

/// What a Raspberry Pi has stored of its revisions, and what follows from it.
struct RaspberryPiRecord: Equatable {
    /// `rpiab.txt`.
    var stored: BootState
    /// Of the partition that is booted normally; nil when it says nothing, as the factory's.
    var normal: PartitionRevisions?
    /// Of the one that is booted to try.
    var trying: PartitionRevisions?

    /// What is to come back to and what to try.
    ///
    /// The partition that is booted normally decides: a power cut after it was changed, and before `rpiab.txt` was, is
    /// a commit of the revision on it.
    var state: BootState {
        guard let normal, !normal.all.contains(stored.revision), let last = normal.all.last else { return stored }
        if let tried = stored.tryRevision, normal.all.contains(tried) { return BootState(revision: tried) }
        return BootState(revision: last, tryRevision: stored.tryRevision)
    }
}
