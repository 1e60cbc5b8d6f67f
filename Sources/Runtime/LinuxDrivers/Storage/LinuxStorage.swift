import CShims
package import Drivers
import Glibc
import JSON
import Model

/// The storage layout on a mounted filesystem (`spec/runtime-behaviour.md` §2).
package struct LinuxStorage: StorageDriver {
    static let maximumState = 16 << 20
    private static let maximumProgress = 64 << 10
    private static let maximumCommitMessage = 4096

    let layout: Layout
    let threads: Threads
    /// Hashing takes its time; what must be written down does not wait for it.
    let readers = Threads(limit: 2)
    /// What comes in and goes out takes as long as clients do.
    let uploaders = Threads(limit: 2)
    let space: UploadSpace
    let reserve: SpaceReserve

    package init(layout: Layout, threads: Threads) {
        self.layout = layout
        self.threads = threads
        space = UploadSpace(path: layout.storage)
        reserve = SpaceReserve(path: "\(layout.storage)/config/.reserve")
    }

    package func checkOut(_ trail: Trail) async throws(DriverError) -> [StoredObject] {
        let layout = layout
        return try await threads.run { () throws(DriverError) in
            try TrailCheckOut(trail, in: layout).run()
        }
    }

    package func markCurrent(_ revision: String) async throws(DriverError) {
        let trails = layout.trails
        try await threads.run { () throws(DriverError) in
            let directory = try Directory(trails, for: "MarkCurrent")
            let temporary = ".current.new"
            unlinkat(directory.descriptor, temporary, 0)
            guard symlinkat(revision, directory.descriptor, temporary) == 0,
                renameat(directory.descriptor, temporary, directory.descriptor, "current") == 0,
                fsync(directory.descriptor) == 0
            else { throw .ofSystem("MarkCurrent", "\(trails)/current") }
        }
    }

    package func revisions() async throws(DriverError) -> [StoredRevision] {
        let trails = layout.trails
        return try await threads.run { () throws(DriverError) in
            guard access(trails, F_OK) == 0 else { return [] }
            let directory = try Directory(trails, for: "ListRevisions")
            var names = try directory.entries(for: "ListRevisions").filter { $0 != "current" && $0 != "locals" }
            if directory.status(of: "locals") != nil {
                let locals = try Directory("\(trails)/locals", for: "ListRevisions")
                names += try locals.entries(for: "ListRevisions").map { "locals/\($0)" }
            }
            var revisions: [StoredRevision] = []
            for name in names where !name.hasPrefix(".") {
                do throws(DriverError) {
                    guard let revision = try LinuxStorage.revision(name, at: "\(trails)/\(name)") else { continue }
                    revisions.append(revision)
                } catch {
                    // One that is damaged must not hide the others.
                    revisions.append(
                        StoredRevision(revision: name, state: [], modified: Timestamp(seconds: 0), failure: error))
                }
            }
            return revisions
        }
    }

    /// A directory without a state document is no revision.
    private static func revision(_ name: String, at path: String) throws(DriverError) -> StoredRevision? {
        let operation = "ReadRevision"
        guard let state = try readFile("\(path)/.pvr/json", limit: maximumState, for: operation) else { return nil }
        let message = try readFile("\(path)/.pv/commitmsg", limit: maximumCommitMessage, for: operation)
        var found = stat()
        guard stat(path, &found) == 0 else { throw .ofSystem(operation, path) }
        return StoredRevision(
            revision: name, state: state, commitMessage: message.map { String(decoding: $0, as: UTF8.self) },
            isDone: access("\(path)/.pv/done", F_OK) == 0,
            progress: try readFile("\(path)/.pv/progress", limit: maximumProgress, for: operation),
            modified: Timestamp(seconds: Int64(found.st_mtim.tv_sec)))
    }

    package func writeDurably(_ bytes: [UInt8], to path: String) async throws(DriverError) {
        let (reserve, root) = (reserve, layout.storage)
        try await threads.run { () throws(DriverError) in
            do throws(DriverError) {
                try LinuxStorage.write(bytes, to: path, below: root)
            } catch {
                guard error.errno == ENOSPC, reserve.release() else { throw error }
                try LinuxStorage.write(bytes, to: path, below: root)
            }
        }
    }

    /// Directories below `root` are made when they are missing.
    private static func write(_ bytes: [UInt8], to path: String, below root: String) throws(DriverError) {
        let operation = "WriteFile"
        let (directory, name) = split(path)
        guard directory.hasPrefix(root + "/") else {
            return try Directory(directory, for: operation)
                .replace(name, with: bytes, isDurable: true, for: operation)
        }
        try Directory(root, for: operation)
            .making(directory.dropFirst(root.count).split(separator: "/"), isDurable: true, for: operation)
            .replace(name, with: bytes, isDurable: true, for: operation)
    }

    package func read(_ path: String, limit: Int) async throws(DriverError) -> [UInt8]? {
        try await threads.run { () throws(DriverError) in try readFile(path, limit: limit, for: "ReadFile") }
    }

    package func remove(_ path: String) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            let (directory, name) = split(path)
            guard access(directory, F_OK) == 0 else { return }
            try Directory(directory, for: "Remove").remove(name, for: "Remove")
        }
    }
}

/// A path as its directory and its last part.
func split(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
}

/// The content of a file, nil when it or its directory is missing.
func readFile(_ path: String, limit: Int, for operation: String) throws(DriverError) -> [UInt8]? {
    let (directory, name) = split(path)
    guard access(directory, F_OK) == 0 else { return nil }
    return try Directory(directory, for: operation).read(name, limit: limit, for: operation)
}
