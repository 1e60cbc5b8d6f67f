import Drivers
import Glibc
import JSON

/// Completes one revision's directory: objects as hard links to the pool, inline documents as compact JSON.
struct TrailCheckOut {
    private static let operation = "CheckOut"

    private let trail: Trail
    private let layout: Layout
    /// Where it is to be, when that is not its own place.
    private let place: String?

    init(_ trail: Trail, in layout: Layout, at place: String? = nil) {
        self.trail = trail
        self.layout = layout
        self.place = place
    }

    /// Returns the objects that are linked.
    @discardableResult func run() throws(DriverError) -> [StoredObject] {
        var linked: [String: Int64] = [:]
        let root =
            if let place {
                try Directory(place, for: Self.operation)
            } else {
                try Directory(layout.trails, for: Self.operation)
                    .making(trail.revision.split(separator: "/"), for: Self.operation)
            }
        let objects = try Directory(layout.objects, for: Self.operation)
        for (path, content) in trail.files.sorted(by: { $0.key < $1.key }) {
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            guard let name = parts.last, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
                throw DriverError(Self.operation, path, "not a relative path inside the revision")
            }
            let directory = try root.making(parts.dropLast(), for: Self.operation)
            switch content {
            case .object(let sha256):
                linked[sha256] = try link(sha256, from: objects, as: String(name), in: directory)
            case .document(let document): try write(document, as: String(name), in: directory)
            }
        }
        return linked.map { StoredObject(name: $0.key, size: $0.value) }
    }

    private func link(
        _ sha256: String, from objects: borrowing Directory, as name: String, in directory: borrowing Directory
    ) throws(DriverError) -> Int64 {
        let path = "\(directory.path)/\(name)"
        guard let object = objects.status(of: sha256), object.st_mode & S_IFMT == S_IFREG else {
            throw DriverError(
                Self.operation, path, errno: ENOENT,
                "object \(sha256) is missing from \(layout.objects); upload it again")
        }
        if let present = directory.status(of: name) {
            if present.st_ino == object.st_ino, present.st_dev == object.st_dev { return Int64(object.st_size) }
            try directory.remove(name, for: Self.operation)
        }
        guard linkat(objects.descriptor, sha256, directory.descriptor, name, 0) == 0 else {
            throw .ofSystem(Self.operation, path)
        }
        return Int64(object.st_size)
    }

    private func write(
        _ document: JSONValue, as name: String, in directory: borrowing Directory
    ) throws(DriverError) {
        let bytes = document.compactBytes()
        if let present = directory.status(of: name), present.st_mode & S_IFMT == S_IFREG,
            try directory.read(name, limit: LinuxStorage.maximumState, for: Self.operation) == bytes
        {
            return
        }
        try directory.replace(name, with: bytes, isDurable: true, for: Self.operation)
    }
}
