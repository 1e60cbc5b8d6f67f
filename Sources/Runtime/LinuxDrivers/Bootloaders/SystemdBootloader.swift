import Drivers

/// systemd-boot with boot counting (`systemd-boot`): an entry and a directory of files for each revision on a partition
/// the loader reads, which is mounted.
///
/// The entry of the revision to come back to has no counter and stays until the next one is good. A try is a newer entry
/// with one try left; a commit takes its counter away. So there is an entry that can be booted at any moment.
struct SystemdBootloader: BootloaderDriver {
    /// The mount point of the ESP, or of the boot partition where there is one.
    let partition: String
    /// The kernel's command line, beside `pv_rev`.
    let options: String
    /// Where the firmware's variables are: `/sys/firmware/efi/efivars`.
    let variables: String
    let files: BootFiles
    let threads: Threads

    private static let directory = "pantavisor"
    private static let maximumEntry = 16_384
    private static let maximumName = 255
    private static let selected = "LoaderEntrySelected-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

    private var medium: any BootMedium { files.medium }
    private var entriesDirectory: String { "\(partition)/loader/entries" }

    func state() async throws(DriverError) -> BootState {
        try await threads.run { () throws(DriverError) in
            var state = try read().state
            state.booted = try booted()
            return state
        }
    }

    func install(_ image: BootImage) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            guard image.kernel != nil else { throw .noBootFile("kernel", image.revision) }
            try checkName(image.revision, for: "InstallBoot")
            let entries = try read()
            try files.install(image, kept: entries.state.revision)
            try removeFiles(except: entries.all.map(\.revision) + [image.revision])
            try copyFiles(of: image.revision, isKept: entries.good?.revision == image.revision)
        }
    }

    func setTry(_ revision: String, keeping: String) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            try checkName(revision, for: "SetTry")
            try checkName(keeping, for: "SetTry")
            var entries = try read()
            if entries.state == BootState(revision: keeping, tryRevision: revision), entries.good != nil { return }
            if entries.good?.revision != keeping {
                try write(keeping, counter: nil, entries.next, for: "SetTry")
                entries = try read()
            }
            for entry in entries.counted { try medium.remove(path(of: entry)) }
            try write(revision, counter: BootEntry.Counter(left: 1, done: 0), entries.next, for: "SetTry")
            try verify(BootState(revision: keeping, tryRevision: revision))
        }
    }

    func clearTry() async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            for entry in try read().counted { try medium.remove(path(of: entry)) }
            try medium.settle(partition)
        }
    }

    func commit(_ revision: String) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            try checkName(revision, for: "CommitBoot")
            let entries = try read(isRepairing: true)
            if let tried = entries.counted.first(where: { $0.revision == revision }) {
                var good = tried
                good.counter = nil
                try medium.rename(path(of: tried), to: path(of: good))
                try medium.settle(partition)
            } else if entries.good?.revision != revision {
                try write(revision, counter: nil, entries.next, for: "CommitBoot")
            }
            // Only now, with the new one good, may the old one go.
            for entry in try read().all where entry.counter != nil || entry.revision != revision {
                try medium.remove(path(of: entry))
            }
            try removeFiles(except: [revision])
            try medium.settle(partition)
            try verify(BootState(revision: revision))
        }
    }

    private func verify(_ state: BootState) throws(DriverError) {
        guard try read().state == state else {
            throw DriverError(
                "WriteBootEntry", entriesDirectory, "the entries do not read back as written; the storage is failing")
        }
    }

    private func checkName(_ revision: String, for operation: String) throws(DriverError) {
        try BootRevision.check(revision, for: operation)
        let longest = BootEntry(revision: revision, counter: BootEntry.Counter(left: 0, done: 99), generation: 0)
        guard longest.fileName.utf8.count <= Self.maximumName else {
            throw DriverError(
                operation, revision, "with what FAT does not allow in a file's name, it is too long for one")
        }
    }

    // MARK: - Entries

    private struct Entries {
        var all: [BootEntry]

        /// The one to come back to.
        var good: BootEntry? { all.filter { $0.counter == nil }.max { $0.generation < $1.generation } }
        var counted: [BootEntry] { all.filter { $0.counter != nil } }
        /// Newer than every other.
        var next: Int { (all.map(\.generation).max() ?? 0) + 1 }

        var state: BootState {
            let newest = counted.max { $0.generation < $1.generation }
            return BootState(
                revision: good?.revision ?? BootState.factory.revision, tryRevision: newest?.revision)
        }
    }

    /// The entries that the loader shows: it passes over those whose kernel is not there.
    private func read(isRepairing: Bool = false) throws(DriverError) -> Entries {
        var entries: [BootEntry] = []
        var broken: String?
        for name in try medium.names(in: entriesDirectory) {
            guard var entry = BootEntry(fileName: name) else { continue }
            let text = try medium.read("\(entriesDirectory)/\(name)", limit: Self.maximumEntry) ?? []
            guard let kernel = BootEntry.values(of: "linux", in: text).first,
                try medium.size(of: partition + (kernel.hasPrefix("/") ? "" : "/") + kernel) != nil
            else {
                broken = name
                continue
            }
            entry.generation = BootEntry.values(of: "version", in: text).first.flatMap { Int($0) } ?? 0
            entries.append(entry)
        }
        if let broken, !isRepairing, !entries.contains(where: { $0.counter == nil }) {
            throw DriverError(
                "ReadBootState", "\(entriesDirectory)/\(broken)",
                "it names no kernel that is there, and there is no other entry; committing a revision writes it anew")
        }
        return Entries(all: entries)
    }

    private func path(of entry: BootEntry) -> String { "\(entriesDirectory)/\(entry.fileName)" }

    private func write(
        _ revision: String, counter: BootEntry.Counter?, _ generation: Int, for operation: String
    ) throws(DriverError) {
        let names = try medium.names(in: directory(of: revision))
        if !names.contains("pv-kernel.img") {
            guard try medium.size(of: files.path(of: "pv-kernel.img", in: revision)) != nil else {
                throw .notInstalled(operation, revision, partition)
            }
            try copyFiles(of: revision, isKept: false)
        }
        let present = Set(try medium.names(in: directory(of: revision)))
        let place = "/\(Self.directory)/\(BootEntry.encode(revision))"
        let addons = (0..<present.count).map { "pv-initrd.img.\($0)" }.prefix { present.contains($0) }
        let initrds = (["pv-initrd.img"].filter(present.contains) + addons).map { "\(place)/\($0)" }
        let entry = BootEntry(revision: revision, counter: counter, generation: generation)
        let text = entry.text(
            kernel: "\(place)/pv-kernel.img", initrds: initrds,
            deviceTree: present.contains("pv-fdt.dtb") ? "\(place)/pv-fdt.dtb" : nil, options: options)
        try medium.makeDirectories(entriesDirectory)
        try medium.replace(path(of: entry), with: text)
        try medium.settle(partition)
    }

    // MARK: - Files

    private func directory(of revision: String) -> String {
        "\(partition)/\(Self.directory)/\(BootEntry.encode(revision))"
    }

    /// Copies a revision's boot files from its trail; those that are there and right are left alone.
    private func copyFiles(of revision: String, isKept: Bool) throws(DriverError) {
        let directory = directory(of: revision)
        try medium.makeDirectories(directory)
        let trail = "\(files.layout.trail(revision))/.pv"
        for name in try medium.names(in: trail) where name.hasPrefix("pv-") {
            let (source, target) = ("\(trail)/\(name)", "\(directory)/\(name)")
            if try medium.hasSameContent(source, target) { continue }
            if isKept, try medium.size(of: target) != nil { throw .keptFilesDiffer(target) }
            try medium.copy(source, to: target)
        }
        try medium.settle(partition)
    }

    private func removeFiles(except revisions: [String]) throws(DriverError) {
        let kept = Set(revisions.map(BootEntry.encode))
        for name in try medium.names(in: "\(partition)/\(Self.directory)") where !kept.contains(name) {
            try medium.remove("\(partition)/\(Self.directory)/\(name)")
        }
    }

    /// The revision the loader says it booted: a variable in UTF-16 with the entry's file name, after four bytes.
    private func booted() throws(DriverError) -> String? {
        guard let bytes = try medium.read("\(variables)/\(Self.selected)", limit: 4096), bytes.count > 4 else {
            return nil
        }
        let units = stride(from: 4, to: bytes.count - 1, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
        return BootEntry(fileName: String(decoding: units.prefix { $0 != 0 }, as: UTF16.self))?.revision
    }
}
