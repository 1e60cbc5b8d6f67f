import JSON
import Model

extension StateDocument {
    /// Changes when anything changes that the container is started with; equal over revisions otherwise.
    ///
    /// It covers every entry of the container and of its overlay, but for those only `pvr` reads; and of the rest of the
    /// revision its goal, its pools, its disks and the device's remount rules.
    func inputsDigest(of container: ContainerManifest, in group: GroupManifest) -> String {
        var hash = SHA256()
        for path in (pathsByOwner[container.name] ?? []).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        where !StatePaths.buildFiles.contains(NameRules.components(of: path).last ?? "") {
            hash.update(path.utf8)
            hash.update([0])
            hash.update((json[path] ?? .null).canonicalBytes())
            hash.update([10])
        }
        hash.update(surroundings(of: container, in: group).canonicalBytes())
        return hash.finish()
    }

    private func surroundings(of container: ContainerManifest, in group: GroupManifest) -> JSONValue {
        let document = json[DeviceManifest.fileName]
        let pools = Set(container.network.interfaces.map(\.pool)).sorted()
        let disks = container.storage.compactMap {
            $0.disk.flatMap { device.disks[$0] } ?? device.disks.defaultDisk
        }
        return [
            "statusGoal": .string((container.statusGoal ?? group.statusGoal).rawValue),
            "remount": document?["remount"] ?? .null,
            "pools": .array(pools.map { document?["network"]?["pools"]?[$0] ?? .null }),
            "disks": .array(Set(disks.map(\.name)).sorted().map { description(ofDisk: $0) }),
        ]
    }

    private func description(ofDisk name: String) -> JSONValue {
        let device = json[DeviceManifest.fileName]
        let lists = [device?["disks"], device?["disks_v2"], device?["disks_v3"], json["disks.json"]]
        return lists.compactMap { $0?.array }.joined().first { $0["name"]?.string == name } ?? .null
    }
}
