package import Drivers
import Model

/// What the device's configuration says about all containers.
package struct ContainerSettings: Sendable, Equatable {
    package var layout: Layout
    /// How long a container may take to halt before it is killed.
    package var stopGrace: Duration
    /// Whether `/dev/log` is provided when the manifest does not say (PV_LOG_AUTO_DEVLOG).
    package var providesDevLog: Bool

    package init(layout: Layout, stopGrace: Duration = .seconds(5), providesDevLog: Bool = true) {
        self.layout = layout
        self.stopGrace = stopGrace
        self.providesDevLog = providesDevLog
    }

    /// With what the configuration says now.
    func following(_ config: Resource<Config>?) -> ContainerSettings {
        var settings = self
        config?.take("PV_LOG_AUTO_DEVLOG", into: &settings.providesDevLog)
        return settings
    }
}
