import Drivers

/// The variables a loader reads, in the order they are stored; keys are compared whole.
struct BootVariables: Sendable, Equatable {
    struct Variable: Sendable, Equatable {
        var key: String
        var value: String
    }

    private(set) var all: [Variable] = []

    /// nil when it is not set; set to nothing counts as not set.
    subscript(key: String) -> String? {
        get {
            guard let value = all.last(where: { $0.key == key })?.value, !value.isEmpty else { return nil }
            return value
        }
        set {
            guard let newValue else { return all.removeAll { $0.key == key } }
            guard let place = all.firstIndex(where: { $0.key == key }) else {
                return all.append(Variable(key: key, value: newValue))
            }
            all[place].value = newValue
        }
    }

    /// As it was stored: a key twice is kept twice, and the last one counts.
    mutating func append(_ key: String, _ value: String) {
        all.append(Variable(key: key, value: value))
    }
}

/// Pantavisor's own variables among them.
extension BootVariables {
    private static let revisionKey = "pv_rev"
    private static let tryKey = "pv_try"
    /// What the loader tried, where it keeps that in the same place.
    private static let tryingKey = "pv_trying"

    var bootState: BootState {
        BootState(revision: self[Self.revisionKey] ?? BootState.factory.revision, tryRevision: self[Self.tryKey])
    }

    /// What is asked for now, and a loader that has not tried it; nothing changes when it is asked for already.
    mutating func setTry(_ revision: String?, keeping: String) {
        guard bootState != BootState(revision: keeping, tryRevision: revision) || self[Self.revisionKey] == nil else {
            return
        }
        let others = all.filter { ![Self.revisionKey, Self.tryKey, Self.tryingKey].contains($0.key) }
        // First, so that a change of them is a change of one sector; in this order, because there are readers that
        // expect it. Set to nothing rather than left out, as a loader may have an old value in its own memory.
        all = [Variable(key: Self.revisionKey, value: keeping), Variable(key: Self.tryKey, value: revision ?? "")]
        all += others
    }
}
