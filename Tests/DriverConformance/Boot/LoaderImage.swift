import Foundation
import Synchronization
import Testing

@testable import LinuxDrivers

/// A filesystem of its own in a file, mounted here, and read as a loader reads it: from the bytes alone.
///
/// It goes away with its last owner.
final class LoaderImage: Sendable {
    private static let tools = ["/sbin/mke2fs", "/sbin/debugfs", "/bin/mount", "/bin/cp"]
    static let canRun = geteuid() == 0 && tools.allSatisfy(FileManager.default.isExecutableFile)
    static let skipped: Comment = "needs root and e2fsprogs"
    static let hasGrub = FileManager.default.isExecutableFile(atPath: "/usr/bin/grub-fstest")

    let directory = "/tmp/pv-boot-\(UUID().uuidString.prefix(8))"
    var mountPoint: String { "\(directory)/storage" }
    private var file: String { "\(directory)/image" }
    private let others = Others()

    init(options: [String] = []) throws {
        try FileManager.default.createDirectory(atPath: mountPoint, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: file))
        try FileHandle(forWritingTo: URL(fileURLWithPath: file)).truncate(atOffset: 64 << 20)
        try LoaderImage.run("/sbin/mke2fs", ["-q", "-F", "-t", "ext4"] + options + [file])
        try LoaderImage.run("/bin/mount", ["-o", "loop", file, mountPoint])
    }

    deinit {
        others.stop()
        // One of them may be inside a call still; it goes away with it. What fails here is left in /tmp.
        _ = umount2(mountPoint, Int32(MNT_DETACH))
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Others write to the same directories from now on, as containers do.
    func makeBusy(_ directories: [String]) { others.start(directories) }

    private final class Others: Sendable {
        private let isWriting = Mutex(true)

        func stop() { isWriting.withLock { $0 = false } }

        func start(_ directories: [String]) {
            for directory in directories {
                Thread.detachNewThread { [self] in
                    var count = 0
                    while isWriting.withLock({ $0 }) {
                        count += 1
                        let (name, other) = ("\(directory)/.busy\(count % 7)", "\(directory)/.more\(count % 5)")
                        close(open(name, O_CREAT | O_WRONLY | O_TRUNC, 0o644))
                        rename(name, other)
                        if count % 3 == 0 { unlink(other) }
                    }
                }
            }
        }
    }

    /// What is on the storage at this moment, as a power cut would leave it: nothing is unmounted, no journal replayed.
    func cutPower() throws -> Cut {
        try LoaderImage.run("/bin/cp", ["--sparse=always", file, "\(directory)/cut"])
        return Cut(image: self, file: "\(directory)/cut")
    }

    struct Cut {
        /// Owns the directory.
        let image: LoaderImage
        let file: String

        /// A file as debugfs reads it, nil when it sees none.
        func read(_ path: String) throws -> [UInt8]? {
            let copy = file + ".out"
            try? FileManager.default.removeItem(atPath: copy)
            try LoaderImage.run("/sbin/debugfs", ["-R", "dump \(path) \(copy)", file])
            return FileManager.default.contents(atPath: copy).map { Array($0) }
        }

        /// A file as GRUB reads it.
        func readByGrub(_ path: String) throws -> [UInt8] {
            try LoaderImage.run("/usr/bin/grub-fstest", [file, "cat", "(loop0)\(path)"])
        }
    }

    @discardableResult
    static func run(_ tool: String, _ arguments: [String]) throws -> [UInt8] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: tool)
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(tool) \(arguments)")
        return Array(bytes)
    }
}
