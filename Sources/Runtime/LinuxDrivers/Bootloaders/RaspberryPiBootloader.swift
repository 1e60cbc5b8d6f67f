import Drivers

/// The Raspberry Pi's firmware with two boot partitions (`rpiab`, `spec/runtime-behaviour.md` §6.6).
///
/// The firmware boots the second partition only when the reboot asks for it (`reboot "0 tryboot"`), so a power cut or a
/// panic comes back to the first by itself. A commit changes them round in `autoboot.txt`: one sector.
struct RaspberryPiBootloader: BootloaderDriver {
    /// Where things are; the partitions by their numbers.
    struct Paths: Sendable {
        /// With `autoboot.txt`.
        var selector: String
        /// The block device of a partition.
        var partition: @Sendable (_ number: Int) -> String
        /// `/proc/device-tree/chosen/bootloader`.
        var firmware: String
        /// On tmpfs: which revision was booted this time.
        var booted: String
    }

    let paths: Paths
    let store: UBootTextStore
    let files: BootFiles
    let threads: Threads

    private static let tryArgument = "0 tryboot"
    private static let partitions = (normal: 2, trying: 3)

    func state() async throws(DriverError) -> BootState {
        try await threads.run { () throws(DriverError) in
            let device = try open()
            var state = device.record.state
            state.booted = device.booted
            // The firmware must not be asked for a partition that is just being written.
            if let wanted = state.tryRevision, wanted != state.booted,
                device.record.trying?.all.contains(wanted) == true
            {
                state.rebootArgument = Self.tryArgument
            }
            return state
        }
    }

    func install(_ image: BootImage) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            guard image.rpiab != nil else { throw .noBootFile("rpiab", image.revision) }
            let device = try open()
            let kept = device.record.state.revision
            try files.install(image, kept: kept)
            guard image.revision != kept else { return }
            let names = image.links.keys.filter { $0.hasPrefix("rpiboot.img") }
            guard let name = names.first else { return }
            let source = BootImageSource(path: files.path(of: name, in: image.revision), medium: files.medium)
            let pending = device.record.stored.tryRevision
            let partition = partition(device.autoboot.trying)
            if try partition.holds(source) {
                var revisions = device.record.trying ?? PartitionRevisions([])
                if revisions.all.last == image.revision { return }
                revisions.add(image.revision, keeping: pending)
                try partition.write(revisions)
            } else {
                try partition.write(source)
                try partition.write(PartitionRevisions([image.revision]))
            }
            guard try partition.revisions()?.all.last == image.revision else {
                throw DriverError("InstallBoot", partition.path, "it does not read back as written")
            }
        }
    }

    func setTry(_ revision: String, keeping: String) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            try BootRevision.check(revision, for: "SetTry")
            try BootRevision.check(keeping, for: "SetTry")
            let device = try open()
            guard device.record.trying?.all.contains(revision) == true else {
                throw .notInstalled("SetTry", revision, partition(device.autoboot.trying).path)
            }
            try keep(keeping, device, for: "SetTry")
            try store.setTry(revision, keeping: keeping)
        }
    }

    func clearTry() async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            let state = try open().record.state
            guard try store.load().bootState != state || state.tryRevision != nil else { return }
            try store.setTry(nil, keeping: state.revision)
        }
    }

    func commit(_ revision: String) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            try BootRevision.check(revision, for: "CommitBoot")
            let device = try open(repairing: revision)
            if device.record.normal?.all.contains(revision) != true,
                device.record.trying?.all.contains(revision) == true
            {
                try writeAutoboot(device.autoboot.swapped)
                try store.setTry(nil, keeping: revision)
                try partition(device.autoboot.trying).write(PartitionRevisions([revision]))
            } else {
                try keep(revision, device, for: "CommitBoot")
                try store.setTry(nil, keeping: revision)
            }
        }
    }

    // MARK: - What is there

    private struct Device {
        var autoboot: Autoboot
        var record: RaspberryPiRecord
        /// The revision that was booted this time; nil when its partition says nothing.
        var booted: String?
    }

    private func partition(_ number: Int) -> RaspberryPiPartition {
        RaspberryPiPartition(path: paths.partition(number), medium: files.medium)
    }

    /// - Parameter revision: when `autoboot.txt` is damaged, it is written anew so that this one is booted.
    private func open(repairing revision: String? = nil) throws(DriverError) -> Device {
        let text = try FATVolume(paths.selector, medium: files.medium)?.read(Autoboot.name)
        var autoboot = text.flatMap { Autoboot($0) }
        if autoboot == nil, let revision {
            var (normal, trying) = Self.partitions
            if try partition(trying).revisions()?.all.contains(revision) == true { swap(&normal, &trying) }
            try writeAutoboot(Autoboot.text(normal: normal, trying: trying))
            autoboot = Autoboot(Autoboot.text(normal: normal, trying: trying))
        }
        guard let autoboot else {
            throw DriverError(
                "ReadBootState", "\(paths.selector):\(Autoboot.name)",
                "it does not name a partition to boot and one to try; committing a revision writes it anew")
        }
        var stored = BootState.factory
        do throws(DriverError) {
            stored = try store.load().bootState
        } catch {
            guard revision != nil else { throw error }
        }
        let record = RaspberryPiRecord(
            stored: stored, normal: try partition(autoboot.normal).revisions(),
            trying: try partition(autoboot.trying).revisions())
        return Device(autoboot: autoboot, record: record, booted: try booted(record))
    }

    private func writeAutoboot(_ text: [UInt8]) throws(DriverError) {
        guard let volume = try FATVolume(paths.selector, medium: files.medium) else {
            throw DriverError("WriteBootPartition", paths.selector, "there is no FAT filesystem on it")
        }
        try volume.write(Autoboot.name, text)
        guard try volume.read(Autoboot.name) == text else {
            throw DriverError("WriteBootPartition", paths.selector, "it does not read back as written")
        }
    }

    /// Has the partition that is booted normally for a revision: it says so, or it says so of one with the same image.
    private func keep(_ revision: String, _ device: Device, for operation: String) throws(DriverError) {
        guard var revisions = device.record.normal, !revisions.all.contains(revision) else { return }
        for name in ["rpiboot.img", "rpiboot.img.gz"] {
            let path = files.path(of: name, in: revision)
            for other in revisions.all where try files.medium.isSame(path, files.path(of: name, in: other)) {
                revisions.add(revision, keeping: device.record.state.revision)
                return try partition(device.autoboot.normal).write(revisions)
            }
        }
        throw .notInstalled(operation, revision, partition(device.autoboot.normal).path)
    }

    /// The revision that was booted this time.
    ///
    /// Found out once a boot, before an update or a commit changes what it follows from. The firmware's own number of the
    /// partition is 0 on some models.
    private func booted(_ record: RaspberryPiRecord) throws(DriverError) -> String? {
        if let text = try files.medium.read(paths.booted, limit: Sector.size) {
            return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
        }
        let flag = try files.medium.read("\(paths.firmware)/tryboot", limit: 16) ?? []
        var revision: String? = record.state.revision
        if flag.contains(where: { $0 != 0 }) {
            let all = record.trying?.all ?? []
            revision = all.first { $0 == record.stored.tryRevision } ?? all.last
        }
        try files.medium.replace(paths.booted, with: Array((revision ?? "").utf8))
        return revision
    }
}

extension DriverError {
    static func noBootFile(_ role: String, _ revision: String) -> DriverError {
        DriverError("InstallBoot", revision, "it names no \(role), which this loader boots; see bsp/run.json")
    }

    static func notInstalled(_ operation: String, _ revision: String, _ place: String) -> DriverError {
        DriverError(operation, revision, "\(place) does not hold it; install it first")
    }
}
