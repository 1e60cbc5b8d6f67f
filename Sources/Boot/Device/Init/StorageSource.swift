/// Which device holds the storage.
enum StorageSource: Sendable, Equatable, CustomStringConvertible {
    case label(String)
    case uuid(String)
    case path(String)

    static let form = "LABEL=<label>, UUID=<uuid>, or the path of a device below /dev"

    init?(_ text: String) {
        if text.hasPrefix("LABEL=") {
            let label = text.dropFirst("LABEL=".count)
            // As long as a superblock has room for.
            guard (1...16).contains(label.utf8.count) else { return nil }
            self = .label(String(label))
        } else if text.hasPrefix("UUID=") {
            let uuid = text.dropFirst("UUID=".count).lowercased()
            guard uuid.utf8.count == 36, uuid.allSatisfy({ $0.isHexDigit || $0 == "-" }) else { return nil }
            self = .uuid(uuid)
        } else {
            guard text.hasPrefix("/dev/"), !text.split(separator: "/").contains(".."), text.utf8.count <= 256 else {
                return nil
            }
            self = .path(text)
        }
    }

    var description: String {
        switch self {
        case .label(let label): "LABEL=\(label)"
        case .uuid(let uuid): "UUID=\(uuid)"
        case .path(let path): path
        }
    }
}
