/// Every kind there is, in the order the API lists them.
package enum Kinds {
    package static let all: [any Kind.Type] = [
        Device.self, Revision.self, Rollout.self, BSP.self, Group.self, Container.self, Volume.self, Module.self,
        Daemon.self, Object.self, Storage.self, UserMeta.self, DeviceMeta.self, Config.self, Event.self,
    ]

    /// The kind by its plural, singular, short name or kind name, whatever the case.
    package static func named(_ name: String) -> (any Kind.Type)? {
        let name = name.lowercased()
        return all.first {
            let kind = $0.descriptor
            return kind.plural == name || kind.singular == name || kind.shortNames.contains(name)
                || kind.name.description.lowercased() == name
        }
    }
}
