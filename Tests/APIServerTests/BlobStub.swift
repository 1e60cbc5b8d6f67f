import APIServer
import Synchronization

/// Objects in memory; what a file begins with, 64 letters, counts as its checksum.
final class BlobStub: BlobStore {
    struct State {
        var files: [String: [UInt8]] = [:]
        var received = 0
        var asked: [Int64?] = []
        /// Uploads that are neither published nor dropped.
        var open = 0
    }

    let state = Mutex(State())
    /// Bytes that fit.
    let room: Int64
    /// Called with each piece.
    let onWrite: @Sendable (Int) async -> Void

    init(
        _ files: [String: String] = [:], room: Int64 = .max, onWrite: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.room = room
        self.onWrite = onWrite
        state.withLock { $0.files = files.mapValues { Array($0.utf8) } }
    }

    func check(_ name: String) async throws -> BlobCheck? {
        state.withLock { state in
            state.files[name].map { BlobCheck(isSound: Self.sum($0) == name, size: Int64($0.count)) }
        }
    }

    func receive(size: Int64?, reserved: Int64) async throws -> any BlobUpload {
        state.withLock { $0.asked.append(size) }
        guard size ?? 0 <= room - reserved else { throw NoSpace() }
        return Incoming(self, room: room - reserved)
    }

    func pieces(of name: String) async throws -> (any AsyncSequence<[UInt8], any Error> & Sendable)? {
        guard let bytes = state.withLock({ $0.files[name] }) else { return nil }
        return AsyncThrowingStream { stream in
            for start in stride(from: 0, to: bytes.count, by: 40) { stream.yield(Array(bytes[start...].prefix(40))) }
            stream.finish()
        }
    }

    subscript(name: String) -> String? {
        state.withLock { $0.files[name].map { String(decoding: $0, as: UTF8.self) } }
    }

    static func sum(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix(64), as: UTF8.self) }

    /// The name of an object, and its content of so many bytes.
    static func object(_ letter: Character, bytes: Int = 100) -> (name: String, content: String) {
        let name = String(repeating: letter, count: 64)
        return (name, name + String(repeating: "-", count: max(0, bytes - 64)))
    }

    final class Incoming: BlobUpload {
        private let store: BlobStub
        private let room: Int64
        private let bytes = Mutex<[UInt8]>([])

        init(_ store: BlobStub, room: Int64) {
            self.store = store
            self.room = room
            store.state.withLock { $0.open += 1 }
        }

        deinit { store.state.withLock { $0.open -= 1 } }

        var size: Int64 { bytes.withLock { Int64($0.count) } }

        func write(_ piece: [UInt8]) async throws {
            guard size + Int64(piece.count) <= room else { throw NoSpace() }
            bytes.withLock { $0 += piece }
            await store.onWrite(piece.count)
        }

        func finish() async throws -> String { bytes.withLock { BlobStub.sum($0) } }
        func content(limit: Int) async throws -> [UInt8] { bytes.withLock { $0 } }

        func publish(as name: String) async throws {
            let bytes = bytes.withLock { $0 }
            store.state.withLock { $0.files[name] = bytes }
        }
    }
}
