import Model
import Store

/// Every change there was, in order, and what a watch of any sort must have seen of it.
struct TrueHistory {
    let events: [WatchEvent]
    let first: ResourceVersion

    /// Of two accounts of one version the one that is no mere "modified" is right: the other is of a write without
    /// effect.
    init(_ parts: [[ResourceVersion: WatchEvent]], first: ResourceVersion) {
        let merged = parts.reduce(into: [ResourceVersion: WatchEvent]()) { all, part in
            all.merge(part) { old, new in
                if case .modified = old { new } else { old }
            }
        }
        events = merged.values.sorted { $0.version < $1.version }
        self.first = first
    }

    var isWhole: Bool {
        events.map(\.version.number) == Array(first.number + 1..<first.number + 1 + UInt64(events.count))
    }

    /// What was there at a version and matched.
    func state(at version: ResourceVersion, _ view: View) -> [ResourceKey: AnyResource] {
        events.prefix { $0.version <= version }.reduce(into: [:]) { state, event in
            switch event {
            case .added(let resource), .modified(let resource):
                state[resource.key] = view.shows(resource) ? resource : nil
            case .deleted(let resource): state[resource.key] = nil
            case .bookmark: break
            }
        }
    }

    /// What a watch of this sort must tell after a version.
    func events(after version: ResourceVersion, _ view: View) -> [WatchEvent] {
        var shown = state(at: version, view)
        return events.drop { $0.version <= version }.compactMap { event in
            switch event {
            case .added(let resource), .modified(let resource):
                let old = shown[resource.key]
                shown[resource.key] = view.shows(resource) ? resource : nil
                guard view.shows(resource) else { return old.map { .deleted($0.at(resource.version)) } }
                return old == nil ? .added(resource) : .modified(resource)
            case .deleted(let resource):
                return shown.removeValue(forKey: resource.key).map { _ in .deleted(resource) }
            case .bookmark: return nil
            }
        }
    }
}

/// What part of the store an observer looks at.
enum View: CaseIterable {
    case everything, groups, firstGroups

    var options: WatchOptions {
        switch self {
        case .everything: WatchOptions()
        case .groups: WatchOptions(kinds: ["Group"])
        case .firstGroups: WatchOptions(kinds: ["Group"], matches: Self.isFirst)
        }
    }

    func shows(_ resource: AnyResource) -> Bool {
        switch self {
        case .everything: true
        case .groups: resource.kind == "Group"
        case .firstGroups: Self.isFirst(resource)
        }
    }

    @Sendable private static func isFirst(_ resource: AnyResource) -> Bool {
        (resource.as(Group.self)?.spec.order ?? 9) <= 0
    }
}

extension AnyResource {
    func at(_ version: ResourceVersion) -> AnyResource {
        var metadata = metadata
        metadata.resourceVersion = version
        return with(metadata)
    }
}
