import Drivers

/// U-Boot with a FIT image in each of two flash partitions, and its own environment (`uboot-ab`).
///
/// The loader boots the partition whose header names the revision. Upstream rewrites the header of the partition that
/// was booted when the image stays the same: the block with it holds the beginning of the only image that is known to
/// boot, and a power cut in between takes both. Here the other one is written, and only those blocks that differ: when
/// it has the same image already, that is its header alone.
struct UBootABBootloader: BootloaderDriver {
    /// `fitA` and `fitB`.
    let partitions: [any Flash]
    let store: UBootEnvironmentStore
    let files: BootFiles
    let threads: Threads

    func state() async throws(DriverError) -> BootState {
        try await threads.run { () throws(DriverError) in try store.load().bootState }
    }

    func install(_ image: BootImage) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            guard image.fit != nil else { throw .noBootFile("fit", image.revision) }
            let kept = try store.load().bootState.revision
            try files.install(image, kept: kept)
            let path = files.path(of: "pantavisor.fit", in: image.revision)
            // The partition to come back to is never written, not even with the same.
            let target = try free(kept)
            guard image.revision != kept else { return }
            try write(image.revision, path, to: target)
        }
    }

    func setTry(_ revision: String, keeping: String) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            try BootRevision.check(revision, for: "SetTry")
            try BootRevision.check(keeping, for: "SetTry")
            try checkInstalled(revision, for: "SetTry")
            try checkInstalled(keeping, for: "SetTry")
            try store.setTry(revision, keeping: keeping)
        }
    }

    func clearTry() async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            let state = try store.load().bootState
            if state.tryRevision != nil { try store.setTry(nil, keeping: state.revision) }
        }
    }

    func commit(_ revision: String) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            try BootRevision.check(revision, for: "CommitBoot")
            try checkInstalled(revision, for: "CommitBoot")
            try store.setTry(nil, keeping: revision)
        }
    }

    private func revision(on partition: any Flash) throws(DriverError) -> String? {
        FitHeader.revision(of: try partition.read(at: 0, count: min(FitHeader.size, partition.size)))
    }

    private func checkInstalled(_ revision: String, for operation: String) throws(DriverError) {
        for partition in partitions where try self.revision(on: partition) == revision { return }
        throw .notInstalled(operation, revision, partitions.map(\.name).joined(separator: " or "))
    }

    /// The partition that may be written.
    private func free(_ kept: String) throws(DriverError) -> any Flash {
        let headers = [try revision(on: partitions[0]), try revision(on: partitions[1])]
        if let place = headers.firstIndex(of: kept) { return partitions[1 - place] }
        // Without a header of the one to come back to, only a partition without any is surely not it.
        if let place = headers.firstIndex(of: nil) { return partitions[place] }
        throw DriverError(
            "InstallBoot", partitions.map(\.name).joined(separator: ", "),
            "neither holds revision \(kept), which is to come back to, so none may be written; write its header or erase"
                + " the one that is not used")
    }

    /// Writes header and image; the first block, with the header, last.
    private func write(_ revision: String, _ path: String, to flash: any Flash) throws(DriverError) {
        guard let size = try files.medium.size(of: path), size > 0 else {
            throw DriverError("InstallBoot", path, errno: 2, "there is no FIT image")
        }
        guard FitHeader.size + size <= flash.size else {
            throw DriverError(
                "InstallBoot", flash.name, errno: 28,
                "it has \(flash.size) bytes, and image and header need \(FitHeader.size + size)")
        }
        let blocks = stride(from: 0, to: FitHeader.size + size, by: flash.eraseSize)
        var isErased = false
        for block in blocks.dropFirst() {
            let new = try content(of: block, revision, path, flash.eraseSize)
            guard try flash.read(at: block, count: flash.eraseSize) != new else { continue }
            // Half an image has no header.
            if !isErased { try flash.erase(at: 0) }
            isErased = true
            try flash.replaceBlock(at: block, with: new)
        }
        let first = try content(of: 0, revision, path, flash.eraseSize)
        if try flash.read(at: 0, count: flash.eraseSize) != first { try flash.replaceBlock(at: 0, with: first) }
    }

    /// What a block must hold; after the image's end, what erased flash has.
    private func content(
        of block: Int, _ revision: String, _ path: String, _ size: Int
    ) throws(DriverError) -> [UInt8] {
        let header = FitHeader.bytes(of: revision).dropFirst(block).prefix(size)
        let offset = max(0, block - FitHeader.size)
        let image = try files.medium.read(path, at: offset, count: size - header.count) ?? []
        return header + image + Array(repeating: 0xFF, count: size - header.count - image.count)
    }
}
