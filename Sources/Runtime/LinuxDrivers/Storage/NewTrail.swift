import CShims
import Drivers
import Glibc
import JSON
import Model

/// Makes a revision's directory beside where it is to be, and then puts it there at once.
struct NewTrail {
    private static let operation = "PutRevision"
    /// Directories that are being made; a name with a dot in front is no revision.
    private static let unfinished = ".new-"
    /// What a new one takes the place of, where two directories cannot change places at once.
    private static let replaced = ".replaced-"

    private let revision: NewRevision
    private let layout: Layout
    private let name: String

    init(_ revision: NewRevision, in layout: Layout) {
        self.revision = revision
        self.layout = layout
        name = Self.unfinished + Self.encode(revision.revision)
    }

    /// A revision's name as one part of a path: there is no other slash than that of a local one.
    private static func encode(_ revision: String) -> String {
        revision.hasPrefix("locals/") ? "local-\(revision.dropFirst(7))" : "own-\(revision)"
    }

    private static func decode(_ name: Substring) -> String {
        name.hasPrefix("local-") ? "locals/\(name.dropFirst(6))" : String(name.dropFirst(4))
    }

    func run() throws(DriverError) {
        let trails = try Directory("\(layout.storage)", for: Self.operation)
            .making(["trails"], isDurable: true, for: Self.operation)
        try trails.remove(name, for: Self.operation)
        do throws(DriverError) {
            try fill(try trails.making([name[...]], for: Self.operation))
            let parent = revision.revision.split(separator: "/").dropLast()
            _ = try trails.making(parent, isDurable: true, for: Self.operation)
            try put(in: trails)
        } catch {
            throw discard(trails, after: error)
        }
        try trails.remove(name, for: Self.operation)
    }

    /// Removes what there is of it; what cannot be removed now is in the way of nobody, and goes with the next start.
    private func discard(_ trails: borrowing Directory, after failure: DriverError) -> DriverError {
        do throws(DriverError) {
            try trails.remove(name, for: Self.operation)
            return failure
        } catch {
            return DriverError(
                failure.operation, failure.subject, errno: failure.errno,
                "\(failure.detail); what was made of it is left at \(name): \(error.detail)")
        }
    }

    private func fill(_ directory: borrowing Directory) throws(DriverError) {
        if let content = revision.content {
            try TrailCheckOut(content, in: layout, at: directory.path).run()
        }
        try directory.making([".pvr"], for: Self.operation)
            .replace("json", with: revision.state, isDurable: true, for: Self.operation)
        let notes = try directory.making([".pv"], for: Self.operation)
        if let message = revision.commitMessage {
            try notes.replace("commitmsg", with: Array(message.utf8), isDurable: true, for: Self.operation)
        }
        try notes.replace(
            "progress", with: revision.progress.document.compactBytes(), isDurable: true, for: Self.operation)
        for (link, file) in revision.bootImage?.links ?? [:] {
            guard linkat(directory.descriptor, file, notes.descriptor, link, 0) == 0 else {
                throw .ofSystem(Self.operation, "\(notes.path)/\(link)")
            }
        }
        guard pv_sync_filesystem(directory.descriptor) == 0 else { throw .ofSystem(Self.operation, directory.path) }
        if revision.bootImage != nil { try Settling.settle(directory.path) }
    }

    /// What was there has the unfinished one's name afterwards.
    private func put(in trails: borrowing Directory) throws(DriverError) {
        let target = revision.revision
        if access(layout.trail(target), F_OK) == 0 {
            try exchange(with: target, in: trails)
        } else if renameat(trails.descriptor, name, trails.descriptor, target) != 0 {
            throw .ofSystem(Self.operation, layout.trail(target))
        }
        let (parent, _) = split(layout.trail(target))
        try sync(parent)
        try sync(layout.trails)
        if revision.bootImage != nil { try Settling.settle(layout.trails) }
        // Logs and data were of another revision.
        for place in ["\(layout.logs)/\(target)", "\(layout.storage)/disks/rev/\(target)"] {
            let (directory, name) = split(place)
            guard access(directory, F_OK) == 0 else { continue }
            try Directory(directory, for: Self.operation).remove(name, for: Self.operation)
        }
    }

    private func exchange(with target: String, in trails: borrowing Directory) throws(DriverError) {
        if pv_exchange(trails.descriptor, name, target) == 0 { return }
        guard [EINVAL, ENOSYS, EOPNOTSUPP].contains(errno) else {
            throw .ofSystem(Self.operation, layout.trail(target))
        }
        // `recover` puts it back if this is cut between the two.
        let old = Self.replaced + name.dropFirst(Self.unfinished.count)
        try trails.remove(old, for: Self.operation)
        guard renameat(trails.descriptor, target, trails.descriptor, old) == 0, fsync(trails.descriptor) == 0,
            renameat(trails.descriptor, name, trails.descriptor, target) == 0, fsync(trails.descriptor) == 0
        else { throw .ofSystem(Self.operation, layout.trail(target)) }
        try trails.remove(old, for: Self.operation)
    }

    private func sync(_ path: String) throws(DriverError) {
        let directory = try Directory(path, for: Self.operation)
        guard fsync(directory.descriptor) == 0 else { throw .ofSystem(Self.operation, path) }
    }

    /// Finishes, or takes back, what a power cut interrupted.
    static func recover(in trails: borrowing Directory) throws(DriverError) {
        for name in try trails.entries(for: operation) {
            if name.hasPrefix(unfinished) { try trails.remove(name, for: operation) }
            guard name.hasPrefix(replaced) else { continue }
            let revision = decode(name.dropFirst(replaced.count))
            if access("\(trails.path)/\(revision)", F_OK) == 0 {
                try trails.remove(name, for: operation)
            } else if renameat(trails.descriptor, name, trails.descriptor, revision) != 0 {
                throw .ofSystem(operation, "\(trails.path)/\(revision)")
            }
        }
    }
}
