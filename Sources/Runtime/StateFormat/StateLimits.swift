/// How much a revision may say.
///
/// Far above what devices have, far below what would hurt them.
package enum StateLimits {
    package static let entries = 65_536
    package static let containers = 4096
    package static let groups = 256
    package static let disks = 256
    package static let pools = 256
    package static let volumes = 256
    package static let list = 1024
    /// Bytes of a container's or a group's name.
    package static let name = 64
    /// Bytes of one part of a path.
    package static let component = 255
    package static let path = 4096
    /// Parts of one path.
    package static let pathParts = 64
    package static let text = 4096
    /// Seconds; one year.
    package static let seconds = 31_536_000
    package static let retries = 1_000_000
    /// Problems and warnings that are kept; the others are counted.
    package static let findings = 10_000
    package static let findingBytes = 4 << 20
}
