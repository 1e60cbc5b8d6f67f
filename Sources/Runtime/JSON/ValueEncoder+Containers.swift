struct KeyedValueEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: ValueBox
    let place: CodingPlace?

    var codingPath: [any CodingKey] { place?.path ?? [] }

    func encodeNil(forKey key: Key) { box.set(key.stringValue, .null) }
    func encode(_ value: Bool, forKey key: Key) { box.set(key.stringValue, .bool(value)) }
    func encode(_ value: String, forKey key: Key) { box.set(key.stringValue, .string(value)) }
    func encode(_ value: Int, forKey key: Key) { box.set(key.stringValue, .integer(Int64(value))) }
    func encode(_ value: Int64, forKey key: Key) { box.set(key.stringValue, .integer(value)) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        box.set(key.stringValue, try ValueEncoder.encode(value, at: CodingPlace(place, key)))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        open(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { open(key).unkeyedContainer() }
    func superEncoder() -> any Encoder { open(NameKey(stringValue: "super")) }
    func superEncoder(forKey key: Key) -> any Encoder { open(key) }

    private func open(_ key: any CodingKey) -> ValueEncoder {
        let encoder = ValueEncoder(at: CodingPlace(place, key))
        box.open(key.stringValue, encoder.box)
        return encoder
    }
}

struct UnkeyedValueEncoder: UnkeyedEncodingContainer {
    let box: ValueBox
    let place: CodingPlace?

    var codingPath: [any CodingKey] { place?.path ?? [] }
    var count: Int { box.count }

    func encodeNil() { box.append(.null) }

    func encode<T: Encodable>(_ value: T) throws {
        box.append(try ValueEncoder.encode(value, at: CodingPlace(place, IndexKey(count))))
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        open().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { open().unkeyedContainer() }
    func superEncoder() -> any Encoder { open() }

    private func open() -> ValueEncoder {
        let encoder = ValueEncoder(at: CodingPlace(place, IndexKey(count)))
        box.openElement(encoder.box)
        return encoder
    }
}

extension ValueEncoder: SingleValueEncodingContainer {
    func encodeNil() { box.set(.null) }
    func encode(_ value: Bool) { box.set(.bool(value)) }
    func encode(_ value: String) { box.set(.string(value)) }
    func encode(_ value: Double) throws { box.set(try ValueEncoder.number(value) { place }) }
    func encode(_ value: Float) throws { box.set(try ValueEncoder.number(Double(value)) { place }) }
    func encode(_ value: Int) throws { try encodeInteger(value) }
    func encode(_ value: Int8) throws { try encodeInteger(value) }
    func encode(_ value: Int16) throws { try encodeInteger(value) }
    func encode(_ value: Int32) throws { try encodeInteger(value) }
    func encode(_ value: Int64) throws { try encodeInteger(value) }
    func encode(_ value: UInt) throws { try encodeInteger(value) }
    func encode(_ value: UInt8) throws { try encodeInteger(value) }
    func encode(_ value: UInt16) throws { try encodeInteger(value) }
    func encode(_ value: UInt32) throws { try encodeInteger(value) }
    func encode(_ value: UInt64) throws { try encodeInteger(value) }

    func encode<T: Encodable>(_ value: T) throws {
        box.set(try ValueEncoder.encode(value, at: place))
    }

    private func encodeInteger(_ value: some BinaryInteger) throws {
        box.set(try ValueEncoder.integer(value) { place })
    }
}
