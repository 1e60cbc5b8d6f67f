package import Drivers
import Glibc

/// Keeps two runtimes from working on one run directory or one storage.
///
/// The kernel drops the locks when the process ends, however it ends.
package final class InstanceLock: Sendable {
    private let files: [OwnedDescriptor]

    package init(_ layout: Layout) throws(DriverError) {
        var files: [OwnedDescriptor] = []
        for directory in [layout.run, layout.storage] {
            try Files.makeDirectories(directory)
            files.append(try InstanceLock.lock("\(directory)/.lock", directory))
        }
        self.files = files
    }

    private static func lock(_ path: String, _ directory: String) throws(DriverError) -> OwnedDescriptor {
        let file = try OwnedDescriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, for: "LockInstance")
        guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw .ofSystem("LockInstance", path) }
            let holder =
                (Files.text(path) ?? "").split(separator: "\n").first.map { "process \($0)" } ?? "another process"
            throw DriverError(
                "LockInstance", directory, errno: EWOULDBLOCK,
                "\(holder) is a Pantavisor that uses this directory; stop it, or choose another one")
        }
        ftruncate(file.number, 0)
        do throws(DriverError) {
            try Files.write(Array("\(getpid())\n".utf8), to: file, path)
        } catch {
            // A full disk must not keep the device down; only the message above knows less then.
        }
        return file
    }
}
