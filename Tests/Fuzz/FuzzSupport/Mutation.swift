import JSON

/// Bytewise mutation by libFuzzer itself (compiler-rt, FuzzerInterface.h).
@_silgen_name("LLVMFuzzerMutate")
private func mutateBytes(_ data: UnsafeMutablePointer<UInt8>?, _ count: Int, _ capacity: Int) -> Int

/// Changes a text from the outside in: half of the time the document that it ends with, from `start` on, as a document,
/// for most changes of its text are only bad JSON.
///
/// - Returns: how many bytes there are now.
package func mutate(
    _ data: UnsafeMutablePointer<UInt8>?, _ count: Int, _ capacity: Int, _ seed: CUnsignedInt, documentAt start: Int
) -> Int {
    var choices = Choices(state: UInt64(seed))
    let text = Array(UnsafeBufferPointer(start: data, count: count))
    // What is no document can only be changed as text.
    guard choices.below(2) == 0, let json = try? JSONValue(parsing: Array(text[start...])), let data else {
        return mutateBytes(data, count, capacity)
    }
    var mutation = Mutation(json, choices)
    let bytes = mutation.apply().compactBytes()
    guard start + bytes.count <= capacity else { return mutateBytes(data, count, capacity) }
    for (index, byte) in bytes.enumerated() { data[start + index] = byte }
    return start + bytes.count
}

/// One change at one place of a document.
private struct Mutation {
    private let document: JSONValue
    private var choices: Choices
    /// Values a parser likes to get wrong, beside those of the document itself.
    private var pool: [JSONValue] = [
        nil, true, false, 0, -1, 1, 31_536_001, .integer(.max), .integer(.min), 0.5, 1e300, "", ".", "..", "/", "a/b",
        "a:b", "yes", "30s", "é", "\u{301}", [], [:], [[]], ["name": "x"],
    ]
    private var places: [[String]] = []

    init(_ document: JSONValue, _ choices: Choices) {
        self.document = document
        self.choices = choices
        collect(document, [])
    }

    mutating func apply() -> JSONValue {
        let place = places[choices.below(places.count)]
        return change(document, place[...])
    }

    private mutating func collect(_ value: JSONValue, _ place: [String]) {
        places.append(place)
        pool.append(value)
        for (key, member) in value.object ?? [:] {
            pool.append(.string(key))
            collect(member, place + [key])
        }
        for (index, element) in (value.array ?? []).enumerated() { collect(element, place + [String(index)]) }
    }

    private mutating func change(_ value: JSONValue, _ place: ArraySlice<String>) -> JSONValue {
        guard let key = place.first else { return replacement(for: value) }
        switch value {
        case .object(var object):
            guard let member = object[key] else { return value }
            object[key] = change(member, place.dropFirst())
            return .object(object)
        case .array(var elements):
            guard let index = Int(key) else { return value }
            elements[index] = change(elements[index], place.dropFirst())
            return .array(elements)
        case .null, .bool, .integer, .number, .string: return value
        }
    }

    private mutating func replacement(for value: JSONValue) -> JSONValue {
        let other = pool[choices.below(pool.count)]
        switch (value, choices.below(4)) {
        case (.object(var object), 0):
            object[object.keys.isEmpty ? "name" : object.keys[choices.below(object.count)]] = nil
            return .object(object)
        case (.object(var object), 1):
            object[other.string ?? "name"] = pool[choices.below(pool.count)]
            return .object(object)
        case (.array(let elements), 0): return .array(elements.dropLast())
        case (.array(let elements), 1): return .array(elements + [other])
        default: return other
        }
    }
}

/// A small seeded generator, so that libFuzzer can repeat what it did.
private struct Choices {
    var state: UInt64

    mutating func below(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int(truncatingIfNeeded: (mixed ^ mixed >> 31) >> 1) % limit
    }
}
