/// Mounts filesystems.
///
/// Idempotent: mounting what is mounted and unmounting what is not are successes.
package protocol MountDriver: Sendable {
    /// What is mounted at a directory, or nil.
    func observe(_ target: String) async throws(DriverError) -> MountObservation?

    /// Mounts, creating the target directory (and, for binds, the source directory) when it is missing.
    func mount(_ request: MountRequest, at target: String) async throws(DriverError) -> MountObservation

    /// Unmounts all layers of a target, frees its loop device and removes the empty directory.
    func unmount(_ target: String) async throws(DriverError)

    /// Every mount point at or below a directory, deepest first.
    func list(under directory: String) async throws(DriverError) -> [String]
}

package enum MountRequest: Sendable, Hashable {
    /// A filesystem image through a loop device, read-only.
    case image(file: String, filesystem: String)
    case bind(source: String, isReadOnly: Bool)
    case memory(maximumBytes: Int64?)
    /// Top lower layer first; `upper` nil makes it read-only.
    case overlay(lower: [String], upper: String?, work: String?)
}

package struct MountObservation: Sendable, Hashable {
    /// The image file, bound directory or filesystem name.
    package var source: String
    package var filesystem: String
    package var loopDevice: String?

    package init(source: String, filesystem: String, loopDevice: String? = nil) {
        self.source = source
        self.filesystem = filesystem
        self.loopDevice = loopDevice
    }
}
