import Drivers

/// One of the two boot partitions.
struct RaspberryPiPartition {
    let path: String
    let medium: any BootMedium

    /// nil when it says nothing, or has no filesystem.
    func revisions() throws(DriverError) -> PartitionRevisions? {
        let text = try FATVolume(path, medium: medium)?.read(PartitionRevisions.name)
        return text.map { PartitionRevisions(text: $0) }
    }

    func write(_ revisions: PartitionRevisions) throws(DriverError) {
        guard let volume = try FATVolume(path, medium: medium) else { throw noFilesystem() }
        try volume.write(PartitionRevisions.name, revisions.bytes)
    }

    /// Whether it holds an image, whatever it says about revisions.
    func holds(_ image: BootImageSource) throws(DriverError) -> Bool {
        guard let volume = try FATVolume(path, medium: medium) else { return false }
        let ignored = try volume.touched(by: [PartitionRevisions.name])
        var isSame = true
        try image.forEachPiece { (offset, bytes) throws(DriverError) in
            guard isSame else { return }
            guard var there = try medium.read(path, at: offset, count: bytes.count), there.count == bytes.count else {
                isSame = false
                return
            }
            if there == bytes { return }
            for range in ignored {
                let part = range.clamped(to: offset..<(offset + bytes.count))
                let local = (part.lowerBound - offset)..<(part.upperBound - offset)
                there.replaceSubrange(local, with: bytes[local])
            }
            isSame = there == bytes
        }
        return isSame
    }

    /// Writes an image, from the second sector on and the first one last: half an image is no filesystem.
    func write(_ image: BootImageSource) throws(DriverError) {
        guard let size = try medium.size(of: path) else { throw noFilesystem() }
        try medium.overwrite(path, at: 0, with: Array(repeating: 0, count: Sector.size))
        var first: [UInt8] = []
        try image.forEachPiece { (offset, bytes) throws(DriverError) in
            guard offset + bytes.count <= size else {
                throw DriverError(
                    "WriteBootPartition", path, errno: 28, "it has \(size) bytes, and the image \(image.path) more")
            }
            let missing = first.count < Sector.size ? min(Sector.size - first.count, bytes.count) : 0
            first += bytes.prefix(missing)
            if missing < bytes.count {
                try medium.overwrite(path, at: offset + missing, with: Array(bytes.dropFirst(missing)))
            }
        }
        try medium.overwrite(path, at: 0, with: first)
        guard try holds(image) else {
            throw DriverError(
                "WriteBootPartition", path, "the image does not read back as written, or is no FAT filesystem")
        }
    }

    private func noFilesystem() -> DriverError {
        DriverError("WriteBootPartition", path, "there is no FAT filesystem on it; install a revision to write one")
    }
}
