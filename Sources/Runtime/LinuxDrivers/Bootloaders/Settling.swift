import CShims
import Drivers
import Glibc

/// Brings a filesystem's metadata to where a reader finds it that replays no journal: U-Boot and GRUB do not.
///
/// fsync and sync(2) bring it into the journal and write back what no transaction holds; while anything else writes to
/// the same filesystem, the blocks in question are held again before they are written, and a loader does not see them
/// (measured on ext4: never under load). What is sure is to empty the journal: ext4 has a call for it since Linux 5.14,
/// in a few milliseconds. Freezing does it on every filesystem and kernel, but takes longer, and a runtime killed
/// inside it leaves the storage frozen: so only where the other is not, and the next runtime thaws what it finds.
enum Settling {
    static func settle(_ path: String) throws(DriverError) {
        let file = try OwnedDescriptor.open(path, O_RDONLY, for: "SettleStorage")
        if pv_empty_journal(file.number, false) == 0 { return }
        guard isUnsupported(errno) else { throw .ofSystem("SettleStorage", path) }
        if pv_freeze(file.number) == 0 {
            guard pv_thaw(file.number) == 0 else { throw .ofSystem("SettleStorage", path, "it stays frozen") }
            return
        }
        // One without either has no journal to be replayed: FAT, tmpfs.
        guard isUnsupported(errno) else { throw .ofSystem("SettleStorage", path, "it cannot be frozen") }
        guard pv_sync_filesystem(file.number) == 0 else { throw .ofSystem("SettleStorage", path) }
    }

    /// Thaws what a runtime left frozen that was killed in `settle`; before anything else writes to the storage.
    static func recover(_ path: String) {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return }
        let file = OwnedDescriptor(number)
        // Never frozen where the journal can be emptied otherwise. That it is not frozen is the rule, not a failure.
        if pv_empty_journal(file.number, true) != 0 { _ = pv_thaw(file.number) }
    }

    private static func isUnsupported(_ number: Int32) -> Bool {
        [ENOTTY, EOPNOTSUPP, ENODEV, EINVAL].contains(number)
    }
}
