package import Drivers
import Glibc
package import JSON

/// Journal records as files on tmpfs: they outlive the runtime and end with the boot.
package struct TmpfsJournal: JournalDriver {
    private static let maximumRecord = 1 << 20

    private let directory: String
    private let threads: Threads

    package init(layout: Layout, threads: Threads) {
        directory = layout.journal
        self.threads = threads
    }

    package func record(_ name: String) async throws(DriverError) -> JSONValue? {
        let path = "\(directory)/\(name).json"
        let bytes = try await threads.run { () throws(DriverError) in
            try readFile(path, limit: Self.maximumRecord, for: "ReadJournal")
        }
        guard let bytes else { return nil }
        do throws(ManifestError) {
            return try JSONValue(parsing: bytes)
        } catch {
            throw DriverError("ReadJournal", path, "the record is damaged (\(error)); remove the file to go on")
        }
    }

    package func write(_ record: JSONValue, as name: String) async throws(DriverError) {
        let directory = directory
        let bytes = record.compactBytes()
        try await threads.run { () throws(DriverError) in
            if mkdir(directory, 0o700) != 0, errno != EEXIST { throw .ofSystem("WriteJournal", directory) }
            try Directory(directory, for: "WriteJournal")
                .replace("\(name).json", with: bytes, isDurable: false, for: "WriteJournal")
        }
    }

    package func remove(_ name: String) async throws(DriverError) {
        let path = "\(directory)/\(name).json"
        try await threads.run { () throws(DriverError) in
            guard unlink(path) == 0 || errno == ENOENT else { throw .ofSystem("RemoveJournal", path) }
        }
    }
}
