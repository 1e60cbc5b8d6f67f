import CShims
import Drivers
import Glibc

/// Images on loop devices that the kernel frees with their last user.
enum LoopDevice {
    static func mount(_ file: String, _ filesystem: String, at target: String) throws(DriverError) {
        let backing = try OwnedDescriptor.open(file, O_RDONLY, for: "MountImage")
        let (device, path) = try attach(backing, file)
        // The device is held open until the mount holds it: it would free itself in between.
        defer { withExtendedLifetime(device) {} }
        // A journal that was not closed cleanly cannot be replayed on a read-only device.
        let options = filesystem.hasPrefix("ext") ? ["noload"] : []
        guard Glibc.mount(path, target, filesystem, UInt(MS_RDONLY), options.first) == 0 else {
            throw .ofSystem("MountImage", file, "no \(filesystem) that this kernel can mount")
        }
    }

    /// The path of the image behind a device, nil when there is none; `(deleted)` is not part of it.
    static func backingFile(_ device: String) -> String? {
        let name = device.dropFirst("/dev/".count)
        guard let text = Files.text("/sys/block/\(name)/loop/backing_file") else { return nil }
        let path = text.hasSuffix("\n") ? String(text.dropLast()) : text
        let deleted = " (deleted)"
        return path.hasSuffix(deleted) ? String(path.dropLast(deleted.count)) : path
    }

    private static func attach(
        _ backing: OwnedDescriptor, _ file: String
    ) throws(DriverError) -> (OwnedDescriptor, String) {
        let control = try OwnedDescriptor.open("/dev/loop-control", O_RDWR, for: "AttachLoop")
        for _ in 0..<256 {
            let number = pv_loop_get_free(control.number)
            guard number >= 0 else { throw .ofSystem("AttachLoop", file, "no loop device is free") }
            let path = "/dev/loop\(number)"
            if !Files.exists(path), pv_make_loop_node(path, number) != 0, errno != EEXIST {
                throw .ofSystem("AttachLoop", path)
            }
            let device = try OwnedDescriptor.open(path, O_RDWR, for: "AttachLoop")
            if pv_loop_configure(device.number, backing.number, file, true) == 0 { return (device, path) }
            // Somebody else took the same free device: ask for another.
            guard errno == EBUSY else { throw .ofSystem("AttachLoop", file, path) }
        }
        throw DriverError("AttachLoop", file, errno: EBUSY, "others took every free loop device first")
    }
}
