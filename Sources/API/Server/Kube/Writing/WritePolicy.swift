import JSON
import Model

/// What a user may change of a resource: the writable paths of its kind, and nothing else.
enum WritePolicy {
    /// Members of `metadata` that the store sets; what a client sends for them is ignored, as Kubernetes does.
    private static let ignored: Set<String> = [
        "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "managedFields", "selfLink",
        "namespace", "generateName", "deletionGracePeriodSeconds",
    ]

    /// Every path that differs and may not.
    static func offences(from old: JSONValue, to new: JSONValue, of kind: KindDescriptor) -> [[String]] {
        var paths: [[String]] = []
        for member in members(old, new) where member != "status" {
            collect(old[member], new[member], at: [member], into: &paths)
        }
        return paths.filter { path in
            if path.count == 2, path[0] == "metadata", ignored.contains(path[1]) { return false }
            guard kind.userPaths.contains(where: { path.starts(with: $0) }) else { return true }
            if path == ["metadata", "finalizers"] { return reservedFinalizers(old) != reservedFinalizers(new) }
            return path.starts(with: ["metadata", "labels"]) && path.last?.hasPrefix(Metadata.reserved) == true
        }
    }

    /// Of a new document: members of `metadata` that are not a user's to set.
    static func reservedMembers(of document: JSONValue) -> [[String]] {
        let labels = (document["metadata"]?["labels"]?.object?.keys ?? []).filter { $0.hasPrefix(Metadata.reserved) }
        let hasFinalizers = !reservedFinalizers(document).isEmpty
        return labels.map { ["metadata", "labels", $0] } + (hasFinalizers ? [["metadata", "finalizers"]] : [])
    }

    private static func reservedFinalizers(_ document: JSONValue) -> Set<String> {
        let all = document["metadata"]?["finalizers"]?.array ?? []
        return Set(all.compactMap(\.string).filter { $0.hasPrefix(Metadata.reserved) })
    }

    /// Every path at which two documents differ, as deep as both are objects.
    ///
    /// A missing object is an empty one.
    private static func collect(
        _ old: JSONValue?, _ new: JSONValue?, at path: [String], into paths: inout [[String]]
    ) {
        if old == new || (isNothing(old) && isNothing(new)) || isSameNumber(old, new) { return }
        let empty = JSONValue.object([:])
        guard (old ?? empty).object != nil, (new ?? empty).object != nil else {
            paths.append(path)
            return
        }
        for member in members(old ?? empty, new ?? empty) {
            collect(old?[member], new?[member], at: path + [member], into: &paths)
        }
    }

    /// Missing, null and an empty list say the same.
    private static func isNothing(_ value: JSONValue?) -> Bool {
        guard let value else { return true }
        return value.isNull || value.array?.isEmpty == true
    }

    /// `1` and `1.0`: what a client read and wrote again.
    private static func isSameNumber(_ old: JSONValue?, _ new: JSONValue?) -> Bool {
        switch (old, new) {
        case (.integer(let integer), .number(let number)), (.number(let number), .integer(let integer)):
            Double(integer) == number
        default: false
        }
    }

    private static func members(_ old: JSONValue, _ new: JSONValue) -> [String] {
        let keys = old.object?.keys ?? []
        return keys + (new.object?.keys ?? []).filter { !keys.contains($0) }
    }
}
