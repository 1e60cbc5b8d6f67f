import JSON
import Model

/// Who set which of the members that users may set, as `metadata.managedFields` tells.
///
/// Members of objects are owned one by one, lists as a whole.
struct FieldOwnership {
    private let kind: KindDescriptor
    private let time: Timestamp
    private(set) var managers: [FieldManager]

    private static let limit = 20

    init(_ kind: KindDescriptor, _ managers: [FieldManager], at time: Timestamp) {
        self.kind = kind
        self.managers = managers
        self.time = time
    }

    /// Takes over what changed between two documents.
    mutating func update(from old: JSONValue, to new: JSONValue, by name: String) {
        let (before, after) = (leaves(of: old), leaves(of: new))
        let changed = before.union(after).filter { old.value(at: $0) != new.value(at: $0) }
        guard !changed.isEmpty else { return }
        for index in managers.indices { managers[index].paths.subtract(changed) }
        own(changed.intersection(after), name, .update)
    }

    /// Lays an applied document over the present one: what this manager applied before and applies no longer goes away.
    mutating func apply(
        _ applied: JSONValue, to old: JSONValue, by name: String, isForced: Bool
    ) throws(KubeStatus) -> JSONValue {
        let wanted = leaves(of: applied)
        var conflicts: [KubeStatus.Cause] = []
        for index in managers.indices where !managers[index].is(name, .apply) {
            let taken = managers[index].paths.intersection(wanted).filter { path in
                old.value(at: path) != applied.value(at: path)
            }
            if isForced {
                managers[index].paths.subtract(taken)
            } else {
                conflicts += taken.sorted { $0.lexicographicallyPrecedes($1) }.map { path in
                    let message = "conflict with \(JSONValue.quoted(managers[index].name))"
                    return KubeStatus.Cause(.conflict, message, at: "." + path.joined(separator: "."))
                }
            }
        }
        guard conflicts.isEmpty else { throw .applyConflict(conflicts, kind, old["metadata"]?["name"]?.string ?? "") }
        let before = managers.first { $0.is(name, .apply) }?.paths ?? []
        var document = old
        for path in before.subtracting(wanted) where !managers.contains(where: { $0.owns(path, besides: name) }) {
            document = MergePatch.apply(FieldOwnership.removal(of: path[...]), to: document)
        }
        own(wanted, name, .apply)
        return MergePatch.apply(applied, to: document)
    }

    /// Without entries that own nothing, and not without bound.
    var entries: [FieldManager] {
        let entries = managers.filter { !$0.paths.isEmpty }
        return Array(entries.sorted { $0.time < $1.time }.suffix(FieldOwnership.limit))
    }

    private mutating func own(_ paths: Set<[String]>, _ name: String, _ operation: FieldManager.Operation) {
        let isAll = operation == .apply
        guard let index = managers.firstIndex(where: { $0.is(name, operation) }) else {
            managers.append(FieldManager(name: name, operation: operation, time: time, paths: paths))
            return
        }
        let owned = isAll ? paths : managers[index].paths.union(paths)
        guard owned != managers[index].paths else { return }
        managers[index].paths = owned
        managers[index].time = time
    }

    /// The paths of all members that users may set and that are there.
    private func leaves(of document: JSONValue) -> Set<[String]> {
        var leaves: Set<[String]> = []
        for path in kind.userPaths {
            if let value = document.value(at: path) { FieldOwnership.collect(value, at: path, into: &leaves) }
        }
        return leaves
    }

    private static func collect(_ value: JSONValue, at path: [String], into leaves: inout Set<[String]>) {
        guard let members = value.object, !members.isEmpty else {
            if !value.isNull, value != [:] { leaves.insert(path) }
            return
        }
        for (key, value) in members { collect(value, at: path + [key], into: &leaves) }
    }

    private static func removal(of path: ArraySlice<String>) -> JSONValue {
        guard let key = path.first else { return .null }
        return .object([key: removal(of: path.dropFirst())])
    }
}

extension FieldManager {
    fileprivate func `is`(_ name: String, _ operation: Operation) -> Bool {
        self.name == name && self.operation == operation
    }

    fileprivate func owns(_ path: [String], besides name: String) -> Bool {
        !self.is(name, .apply) && paths.contains(path)
    }
}

extension KubeStatus {
    fileprivate static func applyConflict(_ causes: [Cause], _ kind: KindDescriptor, _ name: String) -> KubeStatus {
        let list = causes.map { "\($0.message): \($0.field)" }.joined(separator: "\n")
        return KubeStatus(
            .conflict, "Apply failed with \(causes.count) conflict\(causes.count == 1 ? "" : "s"): \(list)",
            about: .resource(kind, name), causes: causes)
    }
}
