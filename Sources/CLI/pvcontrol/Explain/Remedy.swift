import Model

/// What to do about failures that drivers report.
enum Remedy {
    static func forFailure(_ progress: Witness.Condition, of witness: Witness) -> String {
        let text = progress.message.lowercased()
        for (sign, remedy) in known where text.holds(sign) { return remedy }
        return "it is tried again with growing pauses; 'pvcontrol describe \(witness.title)' shows the last error"
    }

    /// Words of errno's sentences, and what they mean on a device.
    private static let known: [(sign: String, remedy: String)] = [
        ("no space left", "free space: remove revisions or data ('pvcontrol storage gc')"),
        ("read-only file system", "the storage is mounted read-only: check the kernel's log for errors of the medium"),
        ("permission denied", "run pantavisor as root, with access to the file"),
        ("operation not permitted", "run pantavisor as root; in a container it needs CAP_SYS_ADMIN and loop devices"),
        ("no such file", "the revision misses a file: install it again"),
        ("wrong fs type", "the image is damaged or of another type than its name says: build and install it again"),
        ("bad superblock", "the image is damaged or of another type than its name says: build and install it again"),
        ("input/output error", "the storage fails: check the kernel's log, and the medium"),
        ("device or resource busy", "something else uses it: look with 'lsof' or 'fuser -m'"),
    ]
}
