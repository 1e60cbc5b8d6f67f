/// The device's objects: files named by the SHA-256 of their bytes (`spec/pv-ctrl-api.md` §5).
///
/// Names are checked by the caller: they are 64 lower-case hex digits.
package protocol BlobStore: Sendable {
    /// Looks at an object's bytes as they are now; nil when there is none.
    func check(_ name: String) async throws -> BlobCheck?

    /// Begins to take one; nothing of it is left if it is not published.
    ///
    /// - Parameter reserved: bytes of the storage that stay free.
    /// - Throws: `NoSpace` when a size is given that does not fit.
    func receive(size: Int64?, reserved: Int64) async throws -> any BlobUpload

    /// Its bytes, piece by piece; nil when there is none.
    func pieces(of name: String) async throws -> (any AsyncSequence<[UInt8], any Error> & Sendable)?
}

package struct BlobCheck: Sendable, Equatable {
    /// Whether its bytes match its name.
    package var isSound: Bool
    package var size: Int64

    package init(isSound: Bool, size: Int64) {
        self.isSound = isSound
        self.size = size
    }
}

/// A file that comes from a client.
package protocol FileUpload: Sendable {
    var size: Int64 { get }

    /// Throws `NoSpace` when no more fits.
    func write(_ bytes: [UInt8]) async throws

    /// Everything came: brings it to the disk, and gives the SHA-256 of it in lower-case hex.
    func finish() async throws -> String

    /// All of it; longer than `limit` is an error.
    func content(limit: Int) async throws -> [UInt8]
}

package protocol BlobUpload: FileUpload {
    /// Puts it where an object of that name belongs, also once more: when this returns, it survives a power cut.
    func publish(as name: String) async throws
}

/// It does not fit on the storage.
package struct NoSpace: Error {
    package init() {}
}

/// A device that keeps no objects.
package struct NoBlobs: BlobStore {
    package init() {}
    package func check(_ name: String) async throws -> BlobCheck? { nil }
    package func receive(size: Int64?, reserved: Int64) async throws -> any BlobUpload { throw NoSpace() }
    package func pieces(of name: String) async throws -> (any AsyncSequence<[UInt8], any Error> & Sendable)? { nil }
}
