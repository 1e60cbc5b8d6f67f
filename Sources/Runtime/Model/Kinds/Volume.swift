import JSON

/// Something mounted for a container: an image of the revision, or storage it writes to.
package enum Volume: Kind {
    package static let descriptor = KindDescriptor(
        name: "Volume", plural: "volumes", singular: "volume", shortNames: ["vol"])

    /// Held until it was unmounted.
    package static let unmountFinalizer = "pantavisor.io/umount"

    package enum Source: String, Sendable, Codable, CaseIterable {
        /// A filesystem image of the revision, mounted read-only.
        case image
        /// One file of the revision (`.bind`), bind-mounted read-only; the trail holds a copy, not a link.
        case file
        /// A directory of the revision (`.data`), bind-mounted with all below it, read-only.
        case directory
        case permanent
        case revision
        case boot
    }

    package struct Spec: Codable, Sendable, Equatable {
        package var revision: String
        package var container: String
        /// Its name in the container's manifest, and of its directory under `/volumes/<container>/`.
        package var volume: String
        package var source: Source
        /// For images: the filesystem, from the file's ending (`squashfs`, `ext4`).
        package var filesystem: String?
        /// For images: what makes the content, `dm` for dm-verity.
        package var handler: String?
        package var disk: String?
        /// For images and files: sha256 of the object, lower-case hex.
        package var object: String?

        package init(
            revision: String, container: String, volume: String, source: Source, filesystem: String? = nil,
            handler: String? = nil, disk: String? = nil, object: String? = nil
        ) {
            self.revision = revision
            self.container = container
            self.volume = volume
            self.source = source
            self.filesystem = filesystem
            self.handler = handler
            self.disk = disk
            self.object = object
        }
    }

    package struct Status: ResourceStatus {
        package var observedGeneration: Int64?
        package var conditions: [Condition] = []
        /// Fact: nil until somebody looked.
        package var isMounted: Bool?
        package var mountPoint: String?
        package var loopDevice: String?
        /// The object that is mounted, to notice when the revision wants another one.
        package var mountedObject: String?
        /// The revision whose data is mounted, which may be an earlier one while its container runs.
        package var mountedRevision: String?
        package init() {}
    }

    package static let columns: [Column<Volume>] = [
        Column("Container", about: "who uses it") { .string($0.spec.container) },
        Column("Type", about: "where its content lives") { .string($0.spec.source.rawValue) },
        Column("Mounted", .boolean, about: "whether it is mounted") { .bool($0.status.isMounted ?? false) },
        Column("Disk", about: "encrypted or other disk it lies on") { .init($0.spec.disk) },
        Column("Mount-Point", wide: true, about: "where it is mounted") { .init($0.status.mountPoint) },
        Column("Loop", wide: true, about: "loop device of an image") { .init($0.status.loopDevice) },
    ]

    package static let schema = """
        spec object What it should be.
          revision string The revision it comes from, as its real name.
          container string Who uses it.
          volume string Its name in the container's manifest.
          source image|file|directory|permanent|revision|boot Where its content lives, and how long.
          filesystem? string Of an image: squashfs, ext4.
          handler? string Of an image: what makes the content, dm for dm-verity.
          disk? string The disk it lies on.
          object? string Of an image or file: SHA-256 of the object.
        status object What was observed.
          isMounted? boolean Whether it is mounted; missing until somebody looked.
          mountPoint? string Where.
          loopDevice? string Loop device of an image.
          mountedObject? string The object that is mounted.
          mountedRevision? string The revision it is mounted from.
        """

    /// `web:root.squashfs`; neither part can hold a colon.
    package static func resourceName(container: String, volume: String) -> String { "\(container):\(volume)" }
}
