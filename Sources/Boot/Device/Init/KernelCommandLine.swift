import LinuxDrivers
import Model

/// The words the bootloader gave the kernel (`/proc/cmdline`).
///
/// Of them `pv_…` and `ph_…` are settings: `pv_wdt_mode=always` is PV_WDT_MODE. A word without a value counts as `1`.
struct KernelCommandLine: Sendable, Equatable {
    /// Longer ones no kernel takes; the rest is not looked at.
    static let longest = 8192
    static let longestValue = 1024

    let words: [String]

    init(_ text: String) {
        words = KernelCommandLine.split(text.utf8.prefix(KernelCommandLine.longest))
    }

    static var ofThisMachine: KernelCommandLine { KernelCommandLine(Files.text("/proc/cmdline") ?? "") }

    /// As the kernel splits it: at white space outside of double quotes, which are no part of a word.
    private static func split(_ bytes: some Sequence<UInt8>) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        var isQuoted = false
        var isWord = false
        for byte in bytes {
            let isSpace = byte == 0x20 || (9...13).contains(byte) || byte == 0
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
                isWord = true
            } else if isSpace, !isQuoted {
                if isWord { words.append(String(decoding: word, as: UTF8.self)) }
                word = []
                isWord = false
            } else {
                word.append(byte)
                isWord = true
            }
        }
        if isWord { words.append(String(decoding: word, as: UTF8.self)) }
        return words
    }

    /// The settings, in their order: of two for one key the last counts.
    var entries: [ConfigLine] {
        words.compactMap { word in
            guard word.hasPrefix("pv_") || word.hasPrefix("ph_") else { return nil }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? String(parts[1]) : "1"
            guard value.utf8.count <= KernelCommandLine.longestValue else { return nil }
            return ConfigLine(key: parts[0].uppercased(), value: value, place: "kernel command line")
        }
    }

    /// What another kernel on this machine is to be told: all but what is the loader's to say for each boot.
    var inherited: String {
        words.filter { word in !["pv_rev=", "pv_try=", "initrd=", "BOOT_IMAGE="].contains { word.hasPrefix($0) } }
            .map { $0.utf8.contains(0x20) ? "\"\($0)\"" : $0 }
            .joined(separator: " ")
    }

    /// Whether one of the words is exactly that.
    func says(_ word: String) -> Bool { words.contains(word) }
}
