import CShims
import Glibc
import LinuxDrivers

/// Looks for the device that holds the storage.
enum StorageDevice {
    struct Found: Equatable {
        let path: String
        /// Nil when it holds no ext filesystem.
        let superblock: Ext4Superblock?
    }

    /// The device that is there now, if any.
    static func find(_ source: StorageSource) -> Found? {
        switch source {
        case .path(let path):
            guard isBlockDevice(path) else { return nil }
            return Found(path: path, superblock: superblock(of: path))
        case .label, .uuid:
            for name in Files.names(in: "/sys/class/block") where !isVirtual(name) {
                // The kernel writes "/" in a device's name as "!".
                let path = "/dev/" + name.map { $0 == "!" ? "/" : String($0) }.joined()
                if let superblock = superblock(of: path), superblock.matches(source) {
                    return Found(path: path, superblock: superblock)
                }
            }
            return nil
        }
    }

    /// Devices that hold nothing of their own this early.
    private static func isVirtual(_ name: String) -> Bool {
        ["loop", "ram", "zram"].contains { name.hasPrefix($0) }
    }

    static func superblock(of path: String) -> Ext4Superblock? {
        let device = open(path, O_RDONLY | O_CLOEXEC)
        guard device >= 0 else { return nil }
        defer { close(device) }
        var bytes = [UInt8](repeating: 0, count: Ext4Superblock.size)
        guard pread(device, &bytes, bytes.count, off_t(Ext4Superblock.offset)) == bytes.count else { return nil }
        return Ext4Superblock(bytes)
    }

    private static func isBlockDevice(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFBLK
    }
}

/// The kernel's messages about devices.
final class UEvents {
    private let stream: OwnedDescriptor?

    init() {
        let number = pv_open_uevents()
        stream = number < 0 ? nil : OwnedDescriptor(number)
    }

    /// Waits for the first message, and gives all that are there; none when the time is over.
    func wait(milliseconds: Int64) -> [UEvent] {
        guard let stream else {
            // A kernel without netlink: what else is there to wait for?
            usleep(UInt32(min(milliseconds, 100)) * 1000)
            return [UEvent.unknownBlockDevice]
        }
        guard stream.waitUntilReadable(milliseconds: Int32(clamping: milliseconds)) else { return [] }
        var events: [UEvent] = []
        var buffer = [CChar](repeating: 0, count: 8192)
        while true {
            let count = pv_read_uevent(stream.number, &buffer, buffer.count)
            // What was lost in an overflow may have been the one.
            if count < 0, errno == ENOBUFS { events.append(.unknownBlockDevice) }
            guard count >= 0 || errno == ENOBUFS else { return events }
            if count > 0, let event = UEvent(buffer[..<count].map(UInt8.init(bitPattern:))) { events.append(event) }
        }
    }
}
