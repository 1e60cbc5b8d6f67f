import Drivers
import FakeDrivers
import Synchronization
import Testing

@testable import LinuxDrivers

/// The loaders, as their scripts and their sources say, on the bytes that are there.
extension MediumBootDevice {
    func powerOn(argument: String?) throws -> String? {
        let revision: String? =
            switch `case`.loader {
            case .fake: nil
            case .uboot, .ubootFlash, .ubootEnvironment, .grub: try bootFromTrail()
            case .ubootAB: try bootFromFlash()
            case .rpiab: try bootPartition(argument)
            case .systemdBoot: try bootEntry()
            }
        return revision
    }

    private func revision(in kernel: [UInt8]?) -> String? {
        let text = String(decoding: kernel ?? [], as: UTF8.self)
        guard text.hasPrefix("kernel of "), let end = text.firstIndex(of: "\n") else { return nil }
        return String(text[..<end].dropFirst("kernel of ".count))
    }

    // MARK: - U-Boot and GRUB

    private func bootFromTrail() throws -> String? {
        let variables = try loaderVariables()
        let state = BootState(
            revision: variables["pv_rev"] ?? "0", tryRevision: variables["pv_try"].flatMap { $0.isEmpty ? nil : $0 })
        func kernel(_ revision: String) -> [UInt8]? {
            // A file that cannot be read is not there for the loader.
            (try? medium.read("\(settings.layout.trail(revision))/.pv/pv-kernel.img", limit: 1000)) ?? nil
        }
        if `case`.loader == .grub { try recallTrying() }
        let chosen = loader.withLock { $0.boot(state) { kernel($0) != nil } }
        if `case`.loader == .grub { try writeTrying() }
        let started = chosen.flatMap { revision(in: kernel($0)) }
        #expect(started == chosen, "the loader has the kernel of another revision")
        return started
    }

    private var tryingFile: String { "\(settings.layout.storage)/boot/grubenv.trying" }

    /// GRUB keeps what it tries in a file that the driver has made.
    private func recallTrying() throws {
        let bytes = try medium.read(tryingFile, limit: 1024) ?? []
        let trying = GrubEnvironment.variables(of: bytes)?["pv_trying"]
        loader.withLock { $0 = LoaderModel(.remembers, trying: trying) }
    }

    private func writeTrying() throws {
        var variables = BootVariables()
        variables.append("pv_trying", loader.withLock { $0.trying } ?? "")
        guard let block = GrubEnvironment.bytes(of: variables, size: 1024) else { return }
        let size = try medium.size(of: tryingFile)
        // Without one it does not try, either.
        #expect(loader.withLock { $0.trying } == nil || size == 1024, "GRUB has no place to remember in")
        if size == 1024 { try medium.overwrite(tryingFile, at: 0, with: block) }
    }

    /// What the loader itself has read.
    private func loaderVariables() throws -> [String: String] {
        switch `case`.loader {
        case .uboot:
            return Self.list(try medium.read("\(settings.layout.storage)/boot/uboot.txt", limit: 65_536) ?? [])
        case .ubootFlash: return Self.list(try medium.read("\(directory)/pv-env", limit: 65_536) ?? [])
        case .grub:
            let bytes = try medium.read("\(settings.layout.storage)/boot/grubenv", limit: 65_536) ?? []
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            guard lines.first == "# GRUB Environment Block" else { return [:] }
            return Self.pairs(lines.dropFirst().filter { !$0.hasPrefix("#") })
        default:
            var newest: (flag: UInt8, values: [String: String])?
            for (name, offset) in environmentCopies {
                let bytes = try medium.read("\(directory)/\(name)", at: offset, count: Self.environmentSize) ?? []
                let sum = bytes.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                guard CRC32.of(bytes.dropFirst(5)) == sum else { continue }
                // A wrap from 255 to 0 does not come up in tests this short.
                if newest.map({ $0.flag < bytes[4] }) ?? true { newest = (bytes[4], Self.list(bytes.dropFirst(5))) }
            }
            return newest?.values ?? [:]
        }
    }

    /// As U-Boot's `env import`.
    private static func list(_ bytes: some Sequence<UInt8>) -> [String: String] {
        let entries = Array(bytes).split(separator: 0, omittingEmptySubsequences: false)
        return pairs(entries.prefix { !$0.isEmpty }.map { Substring(decoding: $0, as: UTF8.self) })
    }

    private static func pairs(_ lines: some Sequence<Substring>) -> [String: String] {
        var values: [String: String] = [:]
        for line in lines {
            guard let sign = line.firstIndex(of: "=") else { continue }
            values[String(line[..<sign])] = String(line[line.index(after: sign)...])
        }
        return values
    }

    private func bootFromFlash() throws -> String? {
        let variables = try loaderVariables()
        let state = BootState(
            revision: variables["pv_rev"] ?? "0", tryRevision: variables["pv_try"].flatMap { $0.isEmpty ? nil : $0 })
        var images: [String: [UInt8]] = [:]
        for name in ["fitA", "fitB"] {
            let bytes = try flash(name).read(at: 0, count: 4096 + 200)
            guard bytes.starts(with: "fit_rev=".utf8) else { continue }
            images[String(decoding: bytes.dropFirst(8).prefix { $0 != 0 }, as: UTF8.self)] = Array(bytes[4096...])
        }
        let chosen = loader.withLock { $0.boot(state) { images[$0] != nil } }
        let started = chosen.flatMap { revision(in: images[$0]) }
        #expect(started == chosen, "the loader has the image of another revision")
        return started
    }

    // MARK: - Raspberry Pi

    private func bootPartition(_ argument: String?) throws -> String? {
        let selector = try FATVolume("\(directory)/disk1", medium: medium)
        guard let autoboot = Autoboot(try selector?.read("autoboot.txt") ?? []) else { return nil }
        let isTry = argument == "0 tryboot"
        try medium.remove(settings.layout.run + "/rpiab-booted")
        try medium.remove("\(directory)/firmware/tryboot")
        try medium.makeDirectories("\(directory)/firmware")
        try medium.append([0, 0, 0, isTry ? 1 : 0], to: "\(directory)/firmware/tryboot")
        let number = isTry ? autoboot.trying : autoboot.normal
        return revision(in: try FATVolume("\(directory)/disk\(number)", medium: medium)?.read("kernel.img"))
    }

    // MARK: - systemd-boot

    private func bootEntry() throws -> String? {
        let entries = "\(settings.entriesPartition)/loader/entries"
        var shown: [(name: String, left: Int?, done: Int, version: Int, kernel: String, options: String)] = []
        for name in try medium.names(in: entries) where name.hasSuffix(".conf") {
            let text = String(decoding: try medium.read("\(entries)/\(name)", limit: 4096) ?? [], as: UTF8.self)
            let lines = Dictionary(
                text.split(separator: "\n").map { line in
                    let words = line.split(separator: " ", maxSplits: 1)
                    return (String(words[0]), String(words.last ?? ""))
                }, uniquingKeysWith: { $1 })
            guard let kernel = lines["linux"].map({ settings.entriesPartition + $0 }),
                try medium.size(of: kernel) != nil
            else { continue }
            var (left, done): (Int?, Int) = (nil, 0)
            if let plus = name.lastIndex(of: "+") {
                let numbers = name[name.index(after: plus)...].dropLast(5).split(separator: "-").compactMap { Int($0) }
                (left, done) = (numbers.first, numbers.count > 1 ? numbers[1] : 0)
            }
            shown.append((name, left, done, Int(lines["version"] ?? "") ?? 0, kernel, lines["options"] ?? ""))
        }
        // Those without tries left come last, newer ones before older ones.
        shown.sort { ($0.left == 0 ? 1 : 0, -$0.version) < ($1.left == 0 ? 1 : 0, -$1.version) }
        guard let chosen = shown.first else { return nil }
        if let left = chosen.left, let plus = chosen.name.lastIndex(of: "+") {
            let counted = "\(chosen.name[..<plus])+\(max(0, left - 1))-\(chosen.done + 1).conf"
            if counted != chosen.name { try medium.rename("\(entries)/\(chosen.name)", to: "\(entries)/\(counted)") }
        }
        let started = revision(in: try medium.read(chosen.kernel, limit: 1000))
        #expect(chosen.options.hasSuffix(" pv_rev=\(started ?? "")"), "the kernel is not told its revision")
        return started
    }

    // MARK: - Accidents

    func loseKernel(of revision: String) throws {
        switch `case`.loader {
        case .fake: break
        case .uboot, .ubootFlash, .ubootEnvironment, .grub:
            try medium.remove("\(settings.layout.trail(revision))/.pv/pv-kernel.img")
        case .ubootAB:
            for name in ["fitA", "fitB"]
            where FitHeader.revision(of: try flash(name).read(at: 0, count: 4096)) == revision {
                try flash(name).erase(at: 0)
            }
        case .rpiab:
            let zeros = [UInt8](repeating: 0, count: 512)
            try medium.overwrite("\(directory)/disk3", at: 0, with: zeros)
        case .systemdBoot:
            try medium.remove(
                "\(settings.entriesPartition)/pantavisor/\(BootEntry.encode(revision))/pv-kernel.img")
        }
    }
}
