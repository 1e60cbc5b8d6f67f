import Model

/// What moving from one revision to another does to the device: a pure function of the two documents.
///
/// The device reboots when something changes that belongs to no container, or to a container whose restart policy is
/// `system` in either revision (`spec/runtime-behaviour.md` §6.2); signatures and build files change nothing.
package struct Transition: Sendable, Equatable {
    package enum Effect: String, Sendable, Codable, CaseIterable {
        case start = "Start"
        case stop = "Stop"
        case restart = "Restart"
        /// Nothing it is started with changes: its process stays.
        case keep = "Keep"
    }

    package struct Change: Sendable, Equatable {
        package var container: String
        package var effect: Effect
        /// Paths of the revision and what became of them: `web/root.squashfs changed`.
        package var reasons: [String]

        package init(container: String, effect: Effect, reasons: [String] = []) {
            self.container = container
            self.effect = effect
            self.reasons = reasons
        }
    }

    /// Why the device must reboot; empty when it need not.
    package let rebootReasons: [String]
    /// Every container of either revision, by name.
    package let changes: [Change]

    package init(from old: StateDocument, to new: StateDocument) {
        let paths = ChangedPaths(from: old, to: new)
        var reboot = paths.rooted
        var changes: [Change] = []
        let names = Set(old.containers.map(\.name) + new.containers.map(\.name))
        for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            let change = Change(name, reasons: paths.owned[name] ?? [], from: old, to: new)
            changes.append(change)
            if change.effect != .keep, [old, new].contains(where: { $0.restartPolicy(of: name) == .system }) {
                reboot += change.reasons.map { "\($0), and \(name) has restart_policy system" }
            }
        }
        rebootReasons = reboot
        self.changes = changes
    }

    package var needsReboot: Bool { !rebootReasons.isEmpty }

    /// Whether the two revisions run the same.
    package var isEmpty: Bool { rebootReasons.isEmpty && changes.allSatisfy { $0.effect == .keep } }
}

extension Transition.Change {
    fileprivate init(_ name: String, reasons: [String], from old: StateDocument, to new: StateDocument) {
        let before = old[container: name]
        let after = new[container: name]
        let isSame = old.inputsDigest(ofContainer: name) == new.inputsDigest(ofContainer: name)
        switch (before == nil, after == nil) {
        case (true, _): self.init(container: name, effect: .start, reasons: ["\(name)/run.json added"])
        case (_, true): self.init(container: name, effect: .stop, reasons: ["\(name)/run.json removed"])
        case (false, false) where reasons.isEmpty && isSame: self.init(container: name, effect: .keep)
        case (false, false):
            let why = reasons.isEmpty ? ["what \(name) uses of the device changed"] : reasons
            self.init(container: name, effect: .restart, reasons: why)
        }
    }
}

extension StateDocument {
    fileprivate func restartPolicy(of name: String) -> RestartPolicy? {
        guard let container = self[container: name] else { return nil }
        return container.restartPolicy ?? group(of: container)?.restartPolicy
    }

    fileprivate func inputsDigest(ofContainer name: String) -> String? {
        guard let container = self[container: name], let group = group(of: container) else { return nil }
        return inputsDigest(of: container, in: group)
    }
}

/// The paths that two revisions differ in, by the container they belong to.
private struct ChangedPaths {
    /// Those of no container.
    var rooted: [String] = []
    var owned: [String: [String]] = [:]

    init(from old: StateDocument, to new: StateDocument) {
        let before = old.owners
        let after = new.owners
        let paths = Set(before.keys).union(after.keys)
        for path in paths.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            guard let reason = ChangedPaths.difference(path, old.files[path], new.files[path]) else { continue }
            if let owner = before[path] ?? after[path], old[container: owner] != nil || new[container: owner] != nil {
                owned[owner, default: []].append(reason)
            } else {
                rooted.append(reason)
            }
        }
    }

    private static func difference(_ path: String, _ old: StateFile?, _ new: StateFile?) -> String? {
        switch (old, new) {
        case (let old?, let new?): old == new ? nil : "\(path) changed"
        case (nil, _?): "\(path) added"
        case (_?, nil): "\(path) removed"
        case (nil, nil): nil
        }
    }
}

extension StateDocument {
    /// The paths that mean something to a device, each with the directory it belongs to.
    fileprivate var owners: [String: String] {
        var owners: [String: String] = [:]
        for (owner, paths) in pathsByOwner where owner != StatePaths.signatureDirectory {
            for path in paths where !StatePaths.buildFiles.contains(NameRules.components(of: path).last ?? "") {
                owners[path] = owner
            }
        }
        return owners
    }
}
