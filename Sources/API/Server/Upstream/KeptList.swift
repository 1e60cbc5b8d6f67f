import Model
import Synchronization

/// The bytes of a list, and the store's version they are of.
final class KeptList: Sendable {
    private let content = Mutex<(version: ResourceVersion, bytes: [UInt8])?>(nil)

    func bytes(at version: ResourceVersion) -> [UInt8]? {
        content.withLock { content in
            guard let content, content.version == version else { return nil }
            return content.bytes
        }
    }

    func keep(_ bytes: [UInt8], at version: ResourceVersion) {
        content.withLock { $0 = (version, bytes) }
    }
}
