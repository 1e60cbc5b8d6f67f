import Drivers
import Synchronization

@testable import LinuxDrivers

/// Files in memory, and the power that may go between any two sectors written.
final class MemoryMedium: BootMedium {
    struct State {
        /// A file by its number, so that two names can be one file.
        var names: [String: Int] = [:]
        var files: [Int: [UInt8]] = [:]
        var directories: Set<String> = []
        var last = 0
        /// Directories in which no file can grow.
        var full: [String] = []
        /// How many more steps there is power for; nil = as many as one likes.
        var power: Int?
        /// Steps that were made.
        var steps = 0
    }

    static let powerCut = DriverError("PowerCut", "", "the power is off")

    private let state: Mutex<State>

    init() { state = Mutex(State()) }

    private init(_ state: State) { self.state = Mutex(state) }

    /// The same files, with power.
    func copy() -> MemoryMedium {
        MemoryMedium(
            state.withLock { state in
                var copy = state
                copy.power = nil
                return copy
            })
    }

    var steps: Int { state.withLock { $0.steps } }

    func cutPower(after steps: Int) { state.withLock { $0.power = steps } }

    /// Leaves no room for more in these directories.
    func fill(_ directories: String...) { state.withLock { $0.full = directories } }

    /// One thing that happens whole or not at all.
    private func step(_ effect: (inout State) throws(DriverError) -> Void) throws(DriverError) {
        try state.withLock { state throws(DriverError) in
            if let power = state.power {
                guard power > 0 else { throw MemoryMedium.powerCut }
                state.power = power - 1
            }
            state.steps += 1
            try effect(&state)
        }
    }

    func read(_ path: String, at offset: Int, count: Int) throws(DriverError) -> [UInt8]? {
        state.withLock { state in
            state.names[path].flatMap { state.files[$0] }.map { Array($0.dropFirst(offset).prefix(count)) }
        }
    }

    func size(of path: String) throws(DriverError) -> Int? {
        state.withLock { state in state.names[path].flatMap { state.files[$0]?.count } }
    }

    func names(in directory: String) throws(DriverError) -> [String] {
        state.withLock { state in
            let all = Array(state.names.keys) + Array(state.directories)
            let below = all.filter { $0.hasPrefix(directory + "/") }.compactMap {
                $0.dropFirst(directory.count + 1).split(separator: "/").first.map(String.init)
            }
            return Set(below).sorted()
        }
    }

    func isSame(_ path: String, _ other: String) throws(DriverError) -> Bool {
        state.withLock { $0.names[path] != nil && $0.names[path] == $0.names[other] }
    }

    func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) throws(DriverError) {
        for piece in MemoryMedium.sectors(offset, bytes.count) {
            try step { state throws(DriverError) in
                guard let file = state.names[path], let size = state.files[file]?.count, offset + bytes.count <= size
                else { throw DriverError("WriteBootFile", path, errno: 2, "there is nothing to overwrite") }
                let local = (piece.lowerBound - offset)..<(piece.upperBound - offset)
                state.files[file]?.replaceSubrange(piece, with: bytes[local])
            }
        }
    }

    func append(_ bytes: [UInt8], to path: String) throws(DriverError) {
        let size = try size(of: path) ?? 0
        // The name comes first, and then the content, as far as it gets.
        for piece in [size..<size] + MemoryMedium.sectors(size, bytes.count) {
            try step { state throws(DriverError) in
                guard piece.isEmpty || !state.full.contains(where: path.hasPrefix) else {
                    throw DriverError("WriteBootFile", path, errno: 28, "no space is left")
                }
                if state.names[path] == nil {
                    state.last += 1
                    state.names[path] = state.last
                    state.files[state.last] = []
                }
                guard let file = state.names[path] else { return }
                state.files[file]? += bytes[(piece.lowerBound - size)..<(piece.upperBound - size)]
            }
        }
    }

    private static func sectors(_ offset: Int, _ count: Int) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var start = offset
        while start < offset + count {
            let end = min(offset + count, (start / Sector.size + 1) * Sector.size)
            pieces.append(start..<end)
            start = end
        }
        return pieces
    }

    func rename(_ path: String, to other: String) throws(DriverError) {
        try step { state throws(DriverError) in
            guard let file = state.names.removeValue(forKey: path) else {
                throw DriverError("WriteBootFile", path, errno: 2, "there is nothing to rename")
            }
            state.names[other] = file
            state.sweep()
        }
    }

    func remove(_ path: String) throws(DriverError) {
        let names = state.withLock { state in
            state.directories = state.directories.filter { $0 != path && !$0.hasPrefix(path + "/") }
            return state.names.keys.filter { $0 == path || $0.hasPrefix(path + "/") }.sorted()
        }
        for name in names {
            try step { state throws(DriverError) in
                state.names[name] = nil
                state.sweep()
            }
        }
    }

    func makeDirectories(_ path: String) throws(DriverError) {
        state.withLock { _ = $0.directories.insert(path) }
    }

    func link(_ file: String, as name: String, in trail: String) throws(DriverError) {
        let (source, target) = ("\(trail)/\(file)", "\(trail)/\(name)")
        guard try size(of: source) != nil else {
            throw DriverError("LinkBootFile", source, errno: 2, "the revision has no such file; check it out again")
        }
        if try isSame(source, target) { return }
        try step { state throws(DriverError) in
            state.names[target] = state.names[source]
            state.sweep()
        }
    }

    func settle(_ path: String) throws(DriverError) {}
    func check(_ path: String) throws(DriverError) {}
}

extension MemoryMedium.State {
    /// Frees files that have lost their last name.
    fileprivate mutating func sweep() {
        let used = Set(names.values)
        files = files.filter { used.contains($0.key) }
    }
}

/// Flash memory as a file: erasing sets all bits, and writing can only take bits away.
struct FileFlash: Flash {
    let name: String
    let size: Int
    let eraseSize: Int
    let isNOR: Bool
    let path: String
    let medium: any BootMedium

    func read(at offset: Int, count: Int) throws(DriverError) -> [UInt8] {
        try medium.read(path, at: offset, count: count) ?? []
    }

    func erase(at offset: Int) throws(DriverError) {
        try medium.overwrite(path, at: offset, with: Array(repeating: 0xFF, count: eraseSize))
    }

    func program(_ bytes: [UInt8], at offset: Int) throws(DriverError) {
        let old = try read(at: offset, count: bytes.count)
        try medium.overwrite(path, at: offset, with: zip(old, bytes).map { $0 & $1 })
    }
}
