package import Drivers
import Glibc
import Model

/// Metadata as upstream keeps it: a file for each key, in a directory of the storage.
package struct LinuxMeta: MetaDriver {
    private let directories: [String: String]
    private let layout: Layout
    private let threads: Threads

    /// - Parameter directories: where each of `user-meta` and `device-meta` is kept.
    package init(layout: Layout, directories: [String: String], threads: Threads) {
        self.directories = directories
        self.layout = layout
        self.threads = threads
    }

    private func directory(_ meta: String) -> String { directories[meta] ?? "\(layout.run)/.\(meta)" }

    package func saved(_ meta: String) async throws(DriverError) -> [String: String] {
        let path = directory(meta)
        return try await threads.run { () throws(DriverError) in
            guard Files.isDirectory(path) else { return [:] }
            let directory = try Directory(path, for: "ReadMeta")
            var values: [String: String] = [:]
            for name in try directory.entries(for: "ReadMeta") where values.count < MetaSpec.mostKeys {
                guard let key = MetaSpec.key(ofFile: name),
                    let found = directory.status(of: name), found.st_mode & S_IFMT == S_IFREG,
                    found.st_size <= MetaSpec.longestValue,
                    let bytes = try directory.read(name, limit: MetaSpec.longestValue, for: "ReadMeta"),
                    let value = String(validating: bytes, as: UTF8.self), MetaSpec.problem(ofValue: value) == nil
                else { continue }
                values[key] = value
            }
            return values
        }
    }

    package func save(_ value: String?, for key: String, of meta: String) async throws(DriverError) {
        let path = directory(meta)
        let storage = layout.storage
        let name = MetaSpec.fileName(ofKey: key)
        try await threads.run { () throws(DriverError) in
            if path.hasPrefix(storage + "/") {
                let parts = path.dropFirst(storage.count).split(separator: "/")
                _ = try Directory(storage, for: "SaveMeta").making(parts, isDurable: true, for: "SaveMeta")
            } else {
                try Files.makeDirectories(path)
            }
            let directory = try Directory(path, for: "SaveMeta")
            guard let value else {
                try directory.remove(name, for: "SaveMeta")
                guard fsync(directory.descriptor) == 0 else { throw .ofSystem("SaveMeta", path) }
                return
            }
            try directory.replace(name, with: Array(value.utf8), isDurable: true, for: "SaveMeta")
        }
    }

    package func show(_ files: [String: String]?, in directory: String) async throws(DriverError) {
        let run = layout.run
        try await threads.run { () throws(DriverError) in
            guard let files else { return try Directory(run, for: "ShowMeta").remove(directory, for: "ShowMeta") }
            try Files.makeDirectories("\(run)/\(directory)")
            let shown = try Directory("\(run)/\(directory)", for: "ShowMeta")
            for name in try shown.entries(for: "ShowMeta") where files[name] == nil {
                try shown.remove(name, for: "ShowMeta")
            }
            for (name, value) in files.sorted(by: { $0.key < $1.key }) {
                let bytes = Array(value.utf8)
                let isThere = shown.status(of: name).map { $0.st_size == off_t(bytes.count) } ?? false
                // Whoever watches the file is not woken for nothing.
                if isThere, try shown.read(name, limit: bytes.count, for: "ShowMeta") == bytes { continue }
                try shown.replace(name, with: bytes, isDurable: false, for: "ShowMeta")
            }
        }
    }
}
