import Drivers
import Synchronization

/// A small file at a fixed place that a loader reads, and may write.
///
/// It has its full size from the start, and only its blocks are written afterwards: a file that is replaced by another
/// one is not there for a loader that replays no journal, until the kernel has brought the journal into place.
final class LoaderFile: Sendable {
    let path: String
    private let size: Int
    /// What is there before there is anything, up to `size`.
    private let empty: @Sendable (_ size: Int) -> [UInt8]
    private let medium: any BootMedium
    /// Whether its blocks are known to be where the loader looks for them.
    private let isSettled = Mutex(false)

    /// Longer than this, it is not what it should be.
    private static let maximumSize = 1 << 20

    init(
        _ path: String, size: Int, medium: any BootMedium, empty: @escaping @Sendable (_ size: Int) -> [UInt8]
    ) {
        self.path = path
        self.size = size
        self.medium = medium
        self.empty = empty
    }

    /// nil when there is no such file.
    func read() throws(DriverError) -> [UInt8]? { try medium.read(path, limit: Self.maximumSize) }

    /// How many bytes a new content must have.
    func fullSize() throws(DriverError) -> Int { max(size, try medium.size(of: path) ?? 0) }

    /// Overwrites the file with as many bytes as it has.
    func write(_ bytes: [UInt8]) throws(DriverError) {
        try prepare()
        try medium.update(path, at: 0, with: bytes)
    }

    private func prepare() throws(DriverError) {
        let present = try medium.size(of: path)
        if present == nil, let slash = path.lastIndex(of: "/") { try medium.makeDirectories(String(path[..<slash])) }
        if (present ?? 0) < size { try medium.append(Array(empty(size)[(present ?? 0)...]), to: path) }
        // Also when it was there: an earlier runtime may have died between making and settling it.
        guard !isSettled.withLock({ $0 }) else { return }
        try medium.settle(path)
        isSettled.withLock { $0 = true }
    }
}
