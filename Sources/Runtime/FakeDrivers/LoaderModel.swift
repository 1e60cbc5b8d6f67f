package import Drivers

/// What a loader decides, and what it remembers of it: the scripts in `hack/boot/`, as a value.
///
/// Pantavisor can be its own loader with it, as on another system (appengine).
package struct LoaderModel: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// U-Boot and GRUB: writes down what it tries (`pv_trying`) before it does, and forgets it when it comes back.
        case remembers
        /// systemd-boot: what was tried once is not tried again until it is asked for anew.
        case counts
        /// A Raspberry Pi: tries when the reboot says so, and remembers nothing.
        case obeys
    }

    package let kind: Kind
    /// What was tried and did not become good yet; it survives a power cut.
    package private(set) var trying: String?

    package init(_ kind: Kind = .remembers, trying: String? = nil) {
        self.kind = kind
        self.trying = trying
    }

    /// Boots: gives the revision that runs, nil when there is nothing it could boot.
    ///
    /// - Parameters:
    ///   - argument: what the reboot was given; nil after a power cut or a panic.
    ///   - canBoot: whether a revision's kernel is where the loader looks for it.
    package mutating func boot(
        _ state: BootState, argument: String? = nil, canBoot: (_ revision: String) -> Bool = { _ in true }
    ) -> String? {
        if let tried = takeTry(state, argument, canBoot) { return tried }
        return canBoot(state.revision) ? state.revision : nil
    }

    /// What it is to do was asked anew: where the counter is part of what asks, it begins again.
    mutating func askAnew() {
        if kind == .counts { trying = nil }
    }

    private mutating func takeTry(
        _ state: BootState, _ argument: String?, _ canBoot: (_ revision: String) -> Bool
    ) -> String? {
        guard let wanted = state.tryRevision else {
            // What is left of an earlier try must not spoil a later one.
            trying = nil
            return nil
        }
        switch kind {
        case .remembers:
            guard trying != wanted else {
                trying = nil
                return nil
            }
            trying = wanted
            return canBoot(wanted) ? wanted : nil
        case .counts:
            guard trying != wanted, canBoot(wanted) else { return nil }
            trying = wanted
            return wanted
        case .obeys: return argument != nil && argument == state.rebootArgument && canBoot(wanted) ? wanted : nil
        }
    }
}
