import Drivers
import Glibc

/// Makes the listening control socket.
///
/// The caller holds the instance lock, so a socket file that is there is a dead one.
func listenOnControlSocket(_ path: String) throws(DriverError) -> Int32 {
    func failure(_ detail: String) -> DriverError { DriverError("OpenControlSocket", path, errno: errno, detail) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    guard bytes.count < capacity else {
        throw DriverError(
            "OpenControlSocket", path, "longer than \(capacity - 1) bytes; give a shorter --run directory")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard listener >= 0 else { throw failure("cannot make a socket") }
    unlink(path)
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
    }
    guard bound == 0 else { throw failure("cannot bind") }
    // Everybody may connect: what a caller may do is decided by who the kernel says it is.
    guard chmod(path, 0o666) == 0, listen(listener, 512) == 0 else { throw failure("cannot listen") }
    return listener
}
