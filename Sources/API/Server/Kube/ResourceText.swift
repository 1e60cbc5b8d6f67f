import JSON
import Model

extension AnyResource {
    /// Its document as compact JSON, made once for each version.
    func json() -> [UInt8] {
        do {
            return try encoded()
        } catch {
            // Encoding a value of the model cannot fail but by a mistake in the model: show it instead of hiding it.
            return Array("{\"kind\":\"\(kind)\",\"metadata\":{\"name\":\"\(name)\"}}".utf8)
        }
    }

    /// Only what it is, not what it says: the object of a table's row.
    func partialJSON() -> [UInt8] {
        let metadata: JSONValue
        do {
            metadata = try JSONValue(encoding: self.metadata)
        } catch {
            metadata = ["name": .string(name)]
        }
        let document: JSONValue = [
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        ]
        return document.compactBytes()
    }
}
