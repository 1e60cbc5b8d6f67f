/// What the kernel tells when a device appears or changes: `add@/devices/…`, then `KEY=value`, each ended by a NUL.
struct UEvent: Equatable {
    let action: String
    let values: [String: String]

    /// Nil for what is no message of the kernel's, such as udev's own.
    init?(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        guard let head = parts.first, let at = head.firstIndex(of: "@"), at != head.startIndex else { return nil }
        action = String(head[..<at])
        guard action.utf8.allSatisfy({ (97...122).contains($0) }) else { return nil }
        values = parts.dropFirst().reduce(into: [:]) { values, part in
            guard let equals = part.firstIndex(of: "=") else { return }
            values[String(part[..<equals])] = String(part[part.index(after: equals)...])
        }
    }

    /// Whether there may be a block device now that was not there before.
    var bringsBlockDevice: Bool { values["SUBSYSTEM"] == "block" && ["add", "change"].contains(action) }

    /// What modprobe finds a new device's module by.
    var alias: String? { action == "add" ? values["MODALIAS"] : nil }
}

extension UEvent {
    /// Stands for messages that nobody could read.
    static let unknownBlockDevice = UEvent(action: "change", values: ["SUBSYSTEM": "block"])

    private init(action: String, values: [String: String]) {
        self.action = action
        self.values = values
    }
}
