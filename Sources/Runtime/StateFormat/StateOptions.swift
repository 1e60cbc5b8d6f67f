package import Model

/// What the device that reads a revision is like.
package struct StateOptions: Sendable, Equatable {
    package enum BSPCheck: String, Sendable, CaseIterable {
        /// The revision must hold a kernel to boot.
        case required
        /// What is there must be right.
        case optional
        /// It boots nothing (appengine): what is missing is a warning.
        case ignored
    }

    package var bsp: BSPCheck
    /// Whether the runtime hosts a system bus, so that no container can export one.
    package var hostsSystemBus: Bool
    /// Seconds a group has to reach its goal when it does not say.
    package var groupTimeout: Int
    /// What a container without `roles` may do.
    package var defaultRole: Role

    package init(
        bsp: BSPCheck = .optional, hostsSystemBus: Bool = false, groupTimeout: Int = 30, defaultRole: Role = .mgmt
    ) {
        self.defaultRole = defaultRole
        self.bsp = bsp
        self.hostsSystemBus = hostsSystemBus
        self.groupTimeout = groupTimeout
    }
}
