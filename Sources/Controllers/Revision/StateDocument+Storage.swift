package import Drivers
import JSON
import Model
package import StateFormat

extension StateDocument {
    /// What the revision's directory must hold.
    package func trail(_ revision: String) -> Trail {
        Trail(
            revision: revision,
            files: files.mapValues { file in
                switch file {
                case .object(let sha256): .object(sha256)
                case .document(let document): .document(document)
                }
            })
    }

    /// What of it the loader needs.
    package func bootImage(of revision: String) -> BootImage {
        func path(_ file: String?) -> String? { file.map { "bsp/\($0)" } }
        return BootImage(
            revision: revision, kernel: path(bsp?.linux), initrd: path(bsp?.initrd),
            addons: (bsp?.addons ?? []).map { "bsp/\($0)" }, fdt: path(bsp?.fdt), fit: path(bsp?.fit),
            rpiab: path(bsp?.rpiab))
    }

    /// The objects that containers are configured with, by container: everything but the images of volumes, which are
    /// looked at when they are mounted.
    func configurationObjects(of container: String) -> [(path: String, object: String)] {
        let images = Set(self[container: container]?.images.map { "\(container)/\($0.name)" } ?? [])
        return (paths(of: container)).filter { !images.contains($0) }
            .compactMap { path in files[path]?.object.map { (path, $0) } }
    }
}

extension JSONValue {
    private static let block: Int64 = 4096

    /// Bytes that a revision takes beside its objects: its documents and directories, each in whole blocks, and what
    /// the runtime notes about it.
    var bytesOnDisk: Int64 {
        var directories: Set<Substring> = []
        var bytes = 16 * Self.block
        for (path, value) in object ?? [:] {
            if let slash = path.lastIndex(of: "/") { directories.insert(path[..<slash]) }
            guard value.string == nil else { continue }
            let length = Int64(value.compactBytes().count)
            bytes += (length + Self.block - 1) / Self.block * Self.block
        }
        return bytes + Int64(directories.count) * Self.block
    }
}
