/// A request target, split and decoded.
struct Target: Sendable, Equatable {
    /// As the client wrote it.
    let raw: String
    /// Decoded parts between the slashes; empty ones are left out, so that a trailing slash changes nothing.
    let path: [String]
    let query: Query

    /// Stands in for one that could not be read.
    static let none = Target()

    private init() {
        raw = ""
        path = []
        query = Query()
    }

    /// Nil when an escape is broken, or hides a NUL.
    init?(_ uri: String) {
        raw = uri
        var rest = Substring(uri)
        if rest.first != "/" {
            guard let origin = Target.dropAuthority(rest) else { return nil }
            rest = origin
        }
        let parts = rest.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        var path: [String] = []
        for part in (parts.first ?? rest.utf8).split(separator: UInt8(ascii: "/")) {
            guard let decoded = String(percentEncoded: part) else { return nil }
            path.append(decoded)
        }
        self.path = path
        guard parts.count > 1 else {
            query = Query()
            return
        }
        guard let query = Query(parts[1]) else { return nil }
        self.query = query
    }

    /// The absolute form, `http://localhost/containers`, as a proxy would send it.
    private static func dropAuthority(_ uri: Substring) -> Substring? {
        guard uri.hasPrefix("http://") else { return nil }
        let authority = uri.dropFirst(7)
        return authority.firstIndex(of: "/").map { authority[$0...] } ?? "/"
    }
}

/// The decoded `name=value` pairs after the question mark, in order.
struct Query: Sendable, Equatable {
    private(set) var items: [(name: String, value: String)] = []

    init() {}

    fileprivate init?(_ text: Substring.UTF8View) {
        for pair in text.split(separator: UInt8(ascii: "&")) {
            let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = String(percentEncoded: halves[0], plusIsSpace: true) else { return nil }
            guard halves.count > 1 else {
                items.append((name, ""))
                continue
            }
            guard let value = String(percentEncoded: halves[1], plusIsSpace: true) else { return nil }
            items.append((name, value))
        }
    }

    /// The first value of that name; nil when there is none, or an empty one.
    subscript(name: String) -> String? {
        guard let value = items.first(where: { $0.name == name })?.value, !value.isEmpty else { return nil }
        return value
    }

    /// Whether a flag is set: `true`, `1`, or present without a value.
    func flag(_ name: String) -> Bool {
        guard let value = items.first(where: { $0.name == name })?.value else { return false }
        return value.isEmpty || value == "true" || value == "1"
    }

    func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    static func == (left: Query, right: Query) -> Bool {
        left.items.elementsEqual(right.items) { $0.name == $1.name && $0.value == $1.value }
    }
}

extension String {
    /// Nil for a broken escape, for a NUL, and for bytes that are no UTF-8.
    init?(percentEncoded text: some Sequence<UInt8>, plusIsSpace: Bool = false) {
        var bytes: [UInt8] = []
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = iterator.next()?.hexDigit, let low = iterator.next()?.hexDigit else { return nil }
                bytes.append(UInt8(high * 16 + low))
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        guard !bytes.contains(0) else { return nil }
        self.init(validating: bytes, as: UTF8.self)
    }
}
