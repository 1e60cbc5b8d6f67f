import Model
package import StateFormat

/// What the device's configuration says about updates; durations in seconds.
package struct RolloutSettings: Sendable, Equatable {
    /// How long the goals must hold before a revision is committed (PV_UPDATER_COMMIT_DELAY).
    package var commitDelay = 25
    /// How long the goals may take beyond the timeouts of the groups (PV_UPDATER_GOALS_TIMEOUT).
    package var goalsTimeout = 120
    /// How long a managed device may be without its hub (PH_UPDATER_NETWORK_TIMEOUT).
    package var hubTimeout = 120
    /// Whether the bytes of objects are held against their names (PV_SECUREBOOT_CHECKSUM).
    package var checksObjects = true
    /// The kernel that a revision brought; nil = it brings none (appengine).
    package var kernelRelease: String?
    /// The parts of `bsp/drivers.json` that hold for this device, the strongest last.
    package var driverScopes = ["all"]
    /// What this device boots of a revision.
    package var state = StateOptions(bsp: .ignored)

    package init() {}

    /// With what the configuration says now.
    func following(_ config: Resource<Config>?) -> RolloutSettings {
        var settings = self
        config?.take("PV_UPDATER_COMMIT_DELAY", into: &settings.commitDelay)
        config?.take("PV_UPDATER_GOALS_TIMEOUT", into: &settings.goalsTimeout)
        config?.take("PH_UPDATER_NETWORK_TIMEOUT", into: &settings.hubTimeout)
        return settings
    }
}
