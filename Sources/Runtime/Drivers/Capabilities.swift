/// What the kernel and this environment can do, found out once at start.
package struct Capabilities: Sendable, Hashable {
    package enum ControlGroups: String, Sendable, Hashable, CaseIterable {
        /// version 1 only
        case legacy
        /// version 1 controllers with a version 2 hierarchy beside them
        case hybrid
        /// version 2 only
        case unified
    }

    package var controlGroups: ControlGroups
    package var hasOverlay: Bool
    package var hasDeviceMapper: Bool

    package init(controlGroups: ControlGroups = .unified, hasOverlay: Bool = true, hasDeviceMapper: Bool = false) {
        self.controlGroups = controlGroups
        self.hasOverlay = hasOverlay
        self.hasDeviceMapper = hasDeviceMapper
    }
}
