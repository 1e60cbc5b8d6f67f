import JSON

/// What is said of the device by keys: one resource called `self` for what its users say, one for what is said of it.
package protocol MetaKind: Kind where Spec == MetaSpec, Status == MetaStatus {
    /// The directory that containers find it in, below `/pantavisor`.
    static var directory: String { get }
}

extension MetaKind {
    package static var selfName: String { "self" }

    package static var columns: [Column<Self>] {
        [
            Column("Keys", .integer, about: "keys that somebody set") { .integer(Int64($0.spec.data.count)) },
            Column("Saved", about: "whether all of them survive a power cut") {
                .string($0.status.conditions["Saved"]?.status.rawValue ?? "Unknown")
            },
            Column("Facts", .integer, wide: true, about: "keys that Pantavisor says") {
                .integer(Int64($0.status.facts.count))
            },
        ]
    }

    package static var schema: String {
        """
        spec object What somebody set.
          data map The values by their keys; a value may be a JSON document.
        status object What was observed.
          order [string] The keys in the order they came.
          facts map What Pantavisor itself says.
        """
    }
}

package struct MetaSpec: Codable, Sendable, Equatable {
    package var data: [String: String]

    package init(data: [String: String] = [:]) {
        self.data = data
    }
}

package struct MetaStatus: ResourceStatus {
    package var observedGeneration: Int64?
    package var conditions: [Condition] = []
    /// Oldest first; the files do not tell, so after a start it begins with their names.
    package var order: [String] = []
    /// Fact: what the runtime says; it goes before what somebody set.
    package var facts: [String: String] = [:]
    /// Fact: what the storage holds.
    ///
    /// Not shown: it is `spec.data` again.
    package var saved: [String: String] = [:]
    /// Fact: the files that containers see, by directory and name; not shown either.
    package var shown: [String: [String: String]] = [:]
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case observedGeneration, conditions, order, facts
    }
}

/// What users and the hub say to the device and its containers.
package enum UserMeta: MetaKind {
    package static let descriptor = KindDescriptor(
        name: "UserMeta", plural: "usermetas", singular: "usermeta", shortNames: ["um"],
        writablePaths: [["spec", "data"]])
    package static let directory = "user-meta"
}

/// What the device and its containers say of themselves.
package enum DeviceMeta: MetaKind {
    package static let descriptor = KindDescriptor(
        name: "DeviceMeta", plural: "devicemetas", singular: "devicemeta", shortNames: ["dm"],
        writablePaths: [["spec", "data"]])
    package static let directory = "device-meta"
}

extension MetaSpec {
    /// Longer values upstream loses at the next boot (`spec/runtime-behaviour.md` §2).
    package static let longestValue = 4096
    package static let mostKeys = 1000

    /// Why a key cannot be one; nil when it can.
    package static func problem(ofKey key: String) -> String? {
        guard !key.isEmpty else { return "a key must not be empty" }
        guard key.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            return "a key must not hold control characters"
        }
        guard fileName(ofKey: key).utf8.count <= 240 else { return "a key must not be longer than 240 bytes" }
        return nil
    }

    package static func problem(ofValue value: String) -> String? {
        guard value.utf8.count <= longestValue else { return "a value must not be longer than \(longestValue) bytes" }
        return value.utf8.contains(0) ? "a value must not hold a NUL" : nil
    }

    /// The file of a key: its name, but for what cannot stand in one.
    package static func fileName(ofKey key: String) -> String {
        var name = ""
        for character in key.unicodeScalars {
            switch character {
            case "%": name += "%25"
            case "/": name += "%2F"
            case "." where name.isEmpty: name += "%2E"
            default: name.unicodeScalars.append(character)
            }
        }
        return name
    }

    /// The key of a file; nil for one that is none of ours.
    package static func key(ofFile name: String) -> String? {
        guard !name.hasPrefix(".") else { return nil }
        var key = ""
        var rest = Substring(name)
        while let next = rest.popFirst() {
            guard next == "%" else {
                key.append(next)
                continue
            }
            switch rest.prefix(2) {
            case "25": key += "%"
            case "2F": key += "/"
            case "2E": key += "."
            // Written by somebody who does not escape.
            default:
                key += "%"
                continue
            }
            rest = rest.dropFirst(2)
        }
        return problem(ofKey: key) == nil ? key : nil
    }

    /// The files that one container sees: of the keys `<container>.<name>` and `<container>/<name>`.
    package static func files(of container: String, in data: [String: String]) -> [String: String] {
        var files: [String: String] = [:]
        for (key, value) in data where key.hasPrefix(container) {
            let rest = key.dropFirst(container.count)
            guard rest.count > 1, let separator = rest.first, separator == "." || separator == "/" else { continue }
            files[fileName(ofKey: String(rest.dropFirst()))] = value
        }
        return files
    }
}

extension MetaStatus {
    /// What Pantavisor says goes before what somebody set.
    package func visible(_ spec: MetaSpec) -> [String: String] { spec.data.merging(facts) { $1 } }
}
