extension JSONValue {
    /// Reads a JSON text in which members may come twice: the last one counts.
    ///
    /// - Returns: the value, and the places of what was named before, in the form `spec.run`.
    package static func tolerant(
        of text: [UInt8], limits: JSONLimits = .standard
    ) throws(ManifestError) -> (value: JSONValue, duplicates: [String]) {
        let failure: ManifestError
        do {
            return (try JSONValue(parsing: text, limits: limits), [])
        } catch {
            failure = error
        }
        var scan = MemberScan()
        for byte in text { scan.take(byte) }
        guard !scan.duplicates.isEmpty else { throw failure }
        return (try JSONValue(parsing: text, limits: limits, rejectsDuplicates: false), scan.duplicates)
    }
}

/// Follows a text far enough to know the members of each object.
private struct MemberScan {
    private struct Level {
        let isObject: Bool
        var seen: Set<[UInt8]> = []
        var name: [UInt8] = []
        var index = 0
    }

    private(set) var duplicates: [String] = []
    private var levels: [Level] = []
    private var string: [UInt8]?
    private var isEscaped = false
    private var lastString: [UInt8] = []

    private static let limit = 64

    mutating func take(_ byte: UInt8) {
        if string != nil { return takeInString(byte) }
        switch byte {
        case UInt8(ascii: "\""): string = []
        case UInt8(ascii: "{"): levels.append(Level(isObject: true))
        case UInt8(ascii: "["): levels.append(Level(isObject: false))
        case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = levels.popLast()
        case UInt8(ascii: ":"): name(lastString)
        case UInt8(ascii: ",") where !levels.isEmpty: levels[levels.count - 1].index += 1
        default: break
        }
    }

    private mutating func takeInString(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            lastString = string ?? []
            string = nil
            return
        }
        string?.append(byte)
    }

    private mutating func name(_ name: [UInt8]) {
        guard let last = levels.indices.last else { return }
        levels[last].name = name
        guard !levels[last].seen.insert(name).inserted, duplicates.count < MemberScan.limit else { return }
        duplicates.append(place)
    }

    private var place: String {
        levels.reduce(into: "") { place, level in
            if level.isObject {
                if !place.isEmpty { place += "." }
                place += String(decoding: level.name, as: UTF8.self)
            } else {
                place += "[\(level.index)]"
            }
        }
    }
}
