import Controllers
import Drivers
import Glibc
import JSON
import LinuxDrivers
import StateFormat

/// `pantavisor check-storage DIR`: which revisions a storage boots, and whether all of them is there.
///
/// Changes nothing, and needs no running device: DIR is a storage that is mounted somewhere, or a copy of one. Exit
/// code 0 when whatever the loader may boot is sound.
func runStorageCheck(_ arguments: [String]) throws -> Int32 {
    guard let directory = arguments.first, !directory.hasPrefix("-"), !directory.isEmpty else {
        throw SettingError(
            place: "check-storage", reason: "say which storage: pantavisor check-storage DIR [--bootloader TYPE]")
    }
    // As it is seen from here, wherever that is.
    guard let path = realpath(directory, nil) else {
        throw SettingError(place: directory, reason: String(cString: strerror(errno)))
    }
    defer { free(path) }
    let storage = String(cString: path)
    let settings = try RuntimeSettings(arguments: Array(arguments.dropFirst()) + ["--storage", storage])
    let check = StorageCheck(settings)
    Task.detached { exit(await check.run()) }
    while true { pause() }
}

/// What the loader of a storage may boot, held against what the storage holds.
struct StorageCheck: Sendable {
    /// A revision's name and what is wrong with it.
    struct Finding: Equatable, Sendable {
        var revision: String
        var objects = 0
        var problems: [String] = []
    }

    private let layout: Layout
    private let storage: LinuxStorage
    private let bootloader: any BootloaderDriver
    private let options: StateOptions

    init(_ settings: RuntimeSettings) {
        layout = settings.layout
        storage = LinuxStorage(layout: layout, threads: Threads(limit: 1))
        var loader = settings.bootloader
        // Nothing is to be thawed or settled by a look.
        loader.hasLoader = false
        bootloader = LinuxDrivers.bootloader(type: settings.loader ?? .uboot, loader)
        options = settings.device.rollouts.state
    }

    func run() async -> Int32 {
        do throws(DriverError) {
            let state = try await bootloader.state()
            let kept = try await finding(on: state.revision)
            let tried = if let name = state.tryRevision { try await finding(on: name) } else { Finding?.none }
            print("boots  \(kept)")
            if let tried { print("tries  \(tried)") }
            return kept.problems.isEmpty && tried?.problems.isEmpty != false ? 0 : 1
        } catch {
            writeToStandardError("pantavisor check-storage: \(error)\n")
            return 1
        }
    }

    /// Reads everything that a boot of the revision needs.
    func finding(on revision: String) async throws(DriverError) -> Finding {
        var finding = Finding(revision: revision)
        if let reason = BootRevision.objection(to: revision) {
            finding.problems = [reason]
            return finding
        }
        guard let text = try await storage.read(layout.stateFile(revision), limit: 16 << 20) else {
            finding.problems = ["\(layout.stateFile(revision)) is missing"]
            return finding
        }
        let document: StateDocument
        do throws(InvalidState) {
            document = try StateDocument(parsing: text, options: options)
        } catch {
            finding.problems = error.problems.map(\.description)
            return finding
        }
        finding.objects = document.objects.count
        for object in document.objects.sorted() where try await !isSound(layout.object(object), object) {
            finding.problems.append("object \(object) is missing or damaged")
        }
        // Where no loader reads them they are not made.
        guard options.bsp != .ignored else { return finding }
        for (link, file) in document.bootImage(of: revision).links.sorted(by: { $0.key < $1.key }) {
            let path = "\(layout.trail(revision))/.pv/\(link)"
            guard let object = document.files[file]?.object, try await isSound(path, object) else {
                finding.problems.append("\(path) is not the revision's \(file)")
                continue
            }
        }
        return finding
    }

    private func isSound(_ path: String, _ object: String) async throws(DriverError) -> Bool {
        do throws(DriverError) {
            return try await storage.digest(of: path) == object
        } catch {
            guard error.errno == ENOENT else { throw error }
            return false
        }
    }
}

extension StorageCheck.Finding: CustomStringConvertible {
    var description: String {
        guard !problems.isEmpty else { return "\(revision): sound, with \(objects) objects" }
        return "\(revision): damaged\n" + problems.map { "       \($0)" }.joined(separator: "\n")
    }
}
