import JSON

/// The paths of a revision, sorted into what they are for.
struct StatePaths {
    static let format = "pantavisor-service-system@1"
    static let formatKey = "#spec"
    static let configDirectory = "_config"
    static let signatureDirectory = "_sigs"
    /// Directories of a trail that are the runtime's own.
    private static let ownDirectories = [".pv", ".pvr"]
    /// Names with a meaning of their own, that no container can have.
    private static let reservedNames = ["bsp", "_pv_", configDirectory, signatureDirectory]
    /// Documents that tell `pvr` how a container was made; the device does not read them.
    static let buildFiles: Set<String> = ["src.json", "build.json"]

    private(set) var files: [String: StateFile] = [:]
    /// Documents by path, with their places.
    private(set) var documents: [String: Field] = [:]
    /// Containers in the order of the document.
    private(set) var containers: [String] = []
    /// Paths by the directory they belong to: a container's name, `bsp`, … `_config/<container>` counts as its own.
    private(set) var pathsByOwner: [String: [String]] = [:]
    private(set) var containersWithOverlay: Set<String> = []
    /// Paths whose value cannot be used, which was reported already.
    private var refused: Set<String> = []
    /// Directories inside a container's (`web/site.data`).
    private(set) var directories: Set<String> = []

    init(_ members: Members) {
        for (key, field) in members.all(atMost: StateLimits.entries) where key != StatePaths.formatKey {
            add(key, field)
        }
        for path in Set(files.keys.flatMap { filesAbove($0) }) {
            members[path]?.problem("is a file and a directory at once; rename one")
        }
        sortContainers(members)
    }

    func object(_ path: String) -> String? { files[path]?.object }

    /// Why a manifest cannot refer to a path as an object, or nil when it can.
    func objection(toObject path: String, named text: String) -> String? {
        guard object(path) == nil, !refused.contains(path) else { return nil }
        guard files[path] == nil else { return "\(text.quoted) is an inline document; an object is needed" }
        return "\(text.quoted) is no file of this revision; add \(path.quoted) with the SHA-256 of its object"
    }

    private mutating func add(_ key: String, _ field: Field) {
        if let reason = NameRules.objection(toPath: key) {
            field.problem(reason)
            return
        }
        let parts = NameRules.components(of: key)
        guard !StatePaths.ownDirectories.contains(parts[0]) else {
            field.problem("is in a directory that the runtime keeps for itself; use another name")
            return
        }
        guard let file = StateFile(field, isDocument: key.utf8.suffix(5).elementsEqual(".json".utf8)) else {
            refused.insert(key)
            return
        }
        files[key] = file
        if case .document = file { documents[key] = field }
        if parts.count > 2 { directories.insert("\(parts[0])/\(parts[1])") }
        let isOverlay = parts[0] == StatePaths.configDirectory && parts.count > 2
        pathsByOwner[isOverlay ? parts[1] : parts[0], default: []].append(key)
        if isOverlay { containersWithOverlay.insert(parts[1]) }
        if parts.count == 2, parts[1] == "run.json", key != BSPManifest.fileName { addContainer(parts[0], file, field) }
    }

    /// Paths that would have to be directories for this one to be there.
    private func filesAbove(_ path: String) -> [String] {
        path.utf8.indices.compactMap { index in
            guard path.utf8[index] == UInt8(ascii: "/") else { return nil }
            let above = String(path[..<index])
            return files[above] == nil ? nil : above
        }
    }

    private mutating func addContainer(_ name: String, _ file: StateFile, _ field: Field) {
        if StatePaths.reservedNames.contains(name) {
            field.problem("makes a container called \(name.quoted), which is reserved; use another name")
        } else if let reason = NameRules.objection(toName: name, maximumBytes: StateLimits.name) {
            field.problem("makes a container whose name \(reason)")
        } else if file.object != nil {
            field.problem("is the hash of an object; a container's manifest must be an inline document")
        } else {
            containers.append(name)
        }
    }

    /// Members come sorted; the position in the document is what upstream lists containers by.
    private mutating func sortContainers(_ members: Members) {
        if containers.count > StateLimits.containers, let first = containers.first {
            documents["\(first)/run.json"]?.problem(
                "is one of \(containers.count) containers; at most \(StateLimits.containers) are allowed")
        }
        let position = members.positions
        containers.sort { position["\($0)/run.json"] ?? 0 < position["\($1)/run.json"] ?? 0 }
    }
}

extension StateFile {
    fileprivate init?(_ field: Field, isDocument: Bool) {
        guard let text = field.value.string else {
            guard isDocument, field.value.array != nil || field.value.object != nil else {
                field.problem(
                    isDocument
                        ? "must be a document or the SHA-256 of an object, not \(field.value.summary)"
                        : "must be the SHA-256 of an object, not \(field.value.summary); only .json files are inline")
                return nil
            }
            self = .document(field.value)
            return
        }
        let isHex = { (byte: UInt8) in (48...57).contains(byte) || (97...102).contains(byte) }
        if text.utf8.count == 64, text.utf8.allSatisfy(isHex) {
            self = .object(text)
        } else if text.utf8.count == 64, text.utf8.allSatisfy({ isHex($0) || (65...70).contains($0) }) {
            field.problem("is a SHA-256 in upper case; write \(text.lowercased().quoted)")
            return nil
        } else if isDocument {
            self = .document(field.value)
        } else {
            field.problem("\(text.quoted) is not a SHA-256; 64 lower-case hex digits were expected")
            return nil
        }
    }
}
