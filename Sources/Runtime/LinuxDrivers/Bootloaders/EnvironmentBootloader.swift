import Drivers

/// A loader that reads a revision's files from the storage, and `pv_rev` and `pv_try` from its environment: U-Boot with
/// `uboot.txt` or its own environment, and GRUB.
struct EnvironmentBootloader: BootloaderDriver {
    let store: any EnvironmentStore
    /// Whether it boots FIT images, too.
    let bootsFit: Bool
    let files: BootFiles
    /// One thread: calls follow each other.
    let threads: Threads

    func state() async throws(DriverError) -> BootState {
        try await threads.run { () throws(DriverError) in try store.load().bootState }
    }

    func install(_ image: BootImage) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            guard image.kernel != nil || (image.fit != nil && bootsFit) else {
                throw .noBootFile(bootsFit ? "kernel or fit" : "kernel", image.revision)
            }
            try files.install(image, kept: store.load().bootState.revision)
        }
    }

    func setTry(_ revision: String, keeping: String) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            try BootRevision.check(revision, for: "SetTry")
            try BootRevision.check(keeping, for: "SetTry")
            try store.setTry(revision, keeping: keeping)
        }
    }

    func clearTry() async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            let state = try store.load().bootState
            if state.tryRevision != nil { try store.setTry(nil, keeping: state.revision) }
        }
    }

    func commit(_ revision: String) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            try BootRevision.check(revision, for: "CommitBoot")
            try store.setTry(nil, keeping: revision)
        }
    }
}

extension EnvironmentStore {
    /// What is damaged is written anew where it can be.
    func setTry(_ revision: String?, keeping: String) throws(DriverError) {
        var old: BootVariables?
        do throws(DriverError) {
            old = try load()
        } catch {
            guard isReplaceable else { throw error }
        }
        var new = old ?? BootVariables()
        new.setTry(revision, keeping: keeping)
        guard new != old else { return }
        try save(new)
        guard try load() == new else {
            throw DriverError(
                "WriteBootEnvironment", keeping, "it does not read back as it was written; the storage is failing")
        }
    }
}
