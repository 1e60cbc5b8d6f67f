package import JSON

/// The digest of what a revision says, whatever it is called and however it is written.
package func contentDigest(of state: JSONValue) -> String { SHA256.hex(state.canonicalBytes()) }

/// The names of the objects that a revision's members refer to, without reading what they mean.
package func objectNames(in state: JSONValue) -> Set<String> {
    let isHex = { (byte: UInt8) in (48...57).contains(byte) || (97...102).contains(byte) }
    let values = (state.object ?? [:]).compactMap { $0.value.string }
    return Set(values.filter { $0.utf8.count == 64 && $0.utf8.allSatisfy(isHex) })
}
