/// What the loader boots next, as the loader itself reads it.
///
/// A loader reads the storage without the kernel: it replays no journal and sees nothing that is only in memory. So a
/// revision's boot files are made visible first (`install`), and only then is the loader pointed at them (`setTry`).
/// Calls follow each other; each may be cut at any moment and is then made again.
package protocol BootloaderDriver: Sendable {
    /// What the next boot would do.
    ///
    /// Nothing stored yet is the factory revision, `0`. Content that cannot be what was written is an error.
    func state() async throws(DriverError) -> BootState

    /// Makes a revision's boot files visible to the loader and verifies that they are; the files are in its trail.
    ///
    /// Where the loader boots from partitions (rpiab, uboot-ab), this writes the one that is not to come back to.
    func install(_ image: BootImage) async throws(DriverError)

    /// Asks the loader to try an installed revision once, and to come back to `keeping`; one durable write, read back.
    ///
    /// Asking again for what is asked already writes nothing and does not make it a second try; `clearTry` first does.
    func setTry(_ revision: String, keeping: String) async throws(DriverError)

    /// Nothing is to be tried any more.
    func clearTry() async throws(DriverError)

    /// The revision is the one to come back to, and nothing is tried; one durable write, read back.
    func commit(_ revision: String) async throws(DriverError)
}

package struct BootState: Sendable, Hashable {
    /// The revision to come back to (`pv_rev`).
    package var revision: String
    /// The revision to try (`pv_try`), also when it was tried already; nil = none.
    package var tryRevision: String?
    /// The revision that was booted this time, where the loader leaves a trace of it; nil where the kernel's command
    /// line has it (`pv_rev=`).
    package var booted: String?
    /// What the reboot must be given so that the loader tries: the argument of `reboot(LINUX_REBOOT_CMD_RESTART2)`.
    package var rebootArgument: String?

    package static let factory = BootState(revision: "0")

    package init(
        revision: String, tryRevision: String? = nil, booted: String? = nil, rebootArgument: String? = nil
    ) {
        self.revision = revision
        self.tryRevision = tryRevision
        self.booted = booted
        self.rebootArgument = rebootArgument
    }
}

/// Which files of a trail the loader needs, by role; paths are relative to the trail (`bsp/kernel.img`).
///
/// Kernel and initrd, or a FIT image, or a Raspberry Pi boot image.
package struct BootImage: Sendable, Hashable {
    package var revision: String
    package var kernel: String?
    package var initrd: String?
    /// Appended to the initrd, in this order.
    package var addons: [String]
    /// The device tree.
    package var fdt: String?
    package var fit: String?
    /// Compressed when it ends in `.gz`.
    package var rpiab: String?

    package init(
        revision: String, kernel: String? = nil, initrd: String? = nil, addons: [String] = [], fdt: String? = nil,
        fit: String? = nil, rpiab: String? = nil
    ) {
        self.revision = revision
        self.kernel = kernel
        self.initrd = initrd
        self.addons = addons
        self.fdt = fdt
        self.fit = fit
        self.rpiab = rpiab
    }

    /// The names that loaders know, in the trail's `.pv/`, and the file behind each (`spec/runtime-behaviour.md` §2).
    package var links: [String: String] {
        var links: [String: String] = [:]
        links["pv-kernel.img"] = kernel
        links["pv-initrd.img"] = initrd
        links["pv-fdt.dtb"] = fdt
        links["pantavisor.fit"] = fit
        if let rpiab {
            links[rpiab.utf8.suffix(3).elementsEqual(".gz".utf8) ? "rpiboot.img.gz" : "rpiboot.img"] = rpiab
        }
        for (number, addon) in addons.enumerated() { links["pv-initrd.img.\(number)"] = addon }
        return links
    }
}
