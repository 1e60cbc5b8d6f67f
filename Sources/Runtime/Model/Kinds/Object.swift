import JSON

/// A content-addressed file of the storage; named by the lower-case hex SHA-256 of its bytes.
package enum Object: Kind {
    package static let descriptor = KindDescriptor(
        name: "Object", plural: "objects", singular: "object", shortNames: ["obj"])

    /// Held until the file was removed.
    package static let removeFinalizer = "pantavisor.io/object"

    package struct Spec: Codable, Sendable, Equatable {
        /// Bytes.
        package var size: Int64
        /// Counts up when the file is put there anew.
        package var uploads: Int

        package init(size: Int64, uploads: Int = 0) {
            self.size = size
            self.uploads = uploads
        }
    }

    package struct Status: ResourceStatus {
        package var observedGeneration: Int64?
        package var conditions: [Condition] = []
        /// Fact: whether its bytes match its name; nil until somebody looked.
        package var isVerified: Bool?
        /// Fact: the upload whose bytes were looked at.
        package var verifiedUpload: Int?
        /// Fact: whether the file is gone.
        package var isRemoved = false
        /// Revisions that name it.
        package var references = 0
        /// When it was last put there in this boot (device uptime in ms).
        package var uploadedAt: Instant?
        package init() {}
    }

    package static let columns: [Column<Object>] = [
        Column("Size", .integer, about: "bytes") { .integer($0.spec.size) },
        Column("References", .integer, about: "revisions that name it") { .integer(Int64($0.status.references)) },
        Column("Verified", about: "whether its bytes match its name") {
            .string($0.status.isVerified.map { $0 ? "True" : "False" } ?? "Unknown")
        },
    ]

    package static let schema = """
        spec object What should be there.
          size integer Bytes.
          uploads integer Counts up when the file is put there anew.
        status object What was observed.
          isVerified? boolean Whether its bytes match its name; missing until somebody looked.
          verifiedUpload? integer The upload whose bytes were looked at.
          isRemoved boolean Whether the file is gone.
          references integer Revisions that name it.
          uploadedAt? integer When it was last put there, in milliseconds since boot.
        """
}

extension Resource<Object> {
    /// An object that lies on the storage.
    ///
    /// - Parameter uploadedAt: when it came (device uptime); nil = it was there when the runtime started.
    package static func stored(_ name: String, size: Int64, uploadedAt: Instant? = nil) -> Resource<Object> {
        var resource = Resource<Object>(name: name, spec: Object.Spec(size: size))
        resource.metadata.finalizers = [Object.removeFinalizer]
        resource.status.uploadedAt = uploadedAt
        return resource
    }
}

extension String {
    /// 64 lower-case hex digits.
    package var isObjectName: Bool {
        utf8.count == 64 && utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
