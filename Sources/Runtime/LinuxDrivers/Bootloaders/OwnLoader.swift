package import Drivers

/// The boot environment of a device that has no loader but Pantavisor itself (appengine), read without waiting for
/// anything: `boot/uboot.txt`.
package struct OwnLoaderEnvironment {
    private let store: UBootTextStore

    package init(_ layout: Layout) {
        store = UBootTextStore(
            "\(layout.storage)/boot/uboot.txt", size: 65_536, window: 1024, medium: LinuxBootMedium(hasLoader: false))
    }

    /// What it is to boot; a storage that has never been booted starts with `factory`.
    package func state(factory: String) throws(DriverError) -> BootState {
        let variables = try store.load()
        guard variables == BootVariables() else { return variables.bootState }
        try BootRevision.check(factory, for: "SetFactory")
        try store.setTry(nil, keeping: factory)
        return BootState(revision: factory)
    }
}
