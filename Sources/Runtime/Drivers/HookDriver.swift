/// Runs the device maker's programs at fixed points (`spec/runtime-behaviour.md` §11).
package protocol HookDriver: Sendable {
    /// Runs every hook of a point, one after the other, and waits for each; the first that fails, or that takes too
    /// long, is the error. A device without hooks succeeds at once.
    func run(_ point: HookPoint, _ context: HookContext) async throws(DriverError)

    /// Begins to run them and waits for nothing; one that fails is said in the log.
    func begin(_ point: HookPoint, _ context: HookContext) async throws(DriverError)
}

package enum HookPoint: String, Sendable, Hashable, CaseIterable {
    /// Before anything of the revision runs; a failure ends the boot.
    case systemStart = "system-start"
    case beforeInstall = "system-before-install-update"
    case afterInstall = "system-after-install-update"
    case install = "system-install-update"
    /// The revision that booted was committed.
    case bootDone = "system-boot-done"
    /// Every goal was reached the first time.
    case done = "system-done"
}

/// What a hook is told in its environment.
package struct HookContext: Sendable, Hashable {
    /// PV_REV.
    package var revision: String
    /// PV_TRY.
    package var tryRevision: String?
    /// PV_TRYBOOT.
    package var isTryBoot: Bool
    /// PV_STATUS.
    package var status: String

    package init(revision: String, tryRevision: String? = nil, isTryBoot: Bool = false, status: String = "") {
        self.revision = revision
        self.tryRevision = tryRevision
        self.isTryBoot = isTryBoot
        self.status = status
    }
}
