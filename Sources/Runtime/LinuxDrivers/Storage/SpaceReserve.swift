import Drivers
import Glibc

/// A file that only keeps space: when the filesystem is full it is given up, so that what must be written down still
/// can be.
struct SpaceReserve: Sendable {
    private static let bytes: off_t = 1 << 20
    private static let operation = "ReserveSpace"

    let path: String

    /// Gives the space up.
    ///
    /// Returns whether there was any.
    func release() -> Bool { unlink(path) == 0 }

    /// Keeps the space again when there is plenty; a reserve that is there is left alone.
    func renew(free: Int64) throws(DriverError) {
        guard free > 16 * Int64(Self.bytes), access(path, F_OK) != 0 else { return }
        let (directory, name) = split(path)
        try Files.makeDirectories(directory)
        let temporary = "\(directory)/.\(name).new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .ofSystem(Self.operation, path) }
        defer { close(file) }
        let result = posix_fallocate(file, 0, Self.bytes)
        guard result == 0 else {
            unlink(temporary)
            throw DriverError(Self.operation, path, errno: result, String(cString: strerror(result)))
        }
        guard rename(temporary, path) == 0 else { throw .ofSystem(Self.operation, path) }
    }
}
