import JSON

/// The storage that revisions, objects and data lie on; one resource called `self`.
package enum Storage: Kind {
    package static let descriptor = KindDescriptor(
        name: "Storage", plural: "storages", singular: "storage", shortNames: ["sto"],
        writablePaths: [["spec", "collect"]])

    package static let selfName = "self"

    package struct Spec: Codable, Sendable, Equatable {
        /// A new value asks for one garbage collection.
        package var collect: String?

        package init(collect: String? = nil) {
            self.collect = collect
        }
    }

    /// What nothing needs any more.
    package struct Garbage: Codable, Sendable, Hashable {
        /// Real names.
        package var revisions: [String]
        /// How many objects; their names are in `Object`.
        package var objects: Int
        /// Bytes of those objects.
        package var bytes: Int64

        package init(revisions: [String] = [], objects: Int = 0, bytes: Int64 = 0) {
            self.revisions = revisions
            self.objects = objects
            self.bytes = bytes
        }

        package var isEmpty: Bool { revisions.isEmpty && objects == 0 }
    }

    package struct Collection: Codable, Sendable, Hashable {
        /// What asked for it: the value of `spec.collect`, or `threshold`, or the name of a rollout.
        package var cause: String
        package var isOver: Bool
        /// Free bytes when it began.
        package var freeBefore: Int64
        /// Bytes of the objects it removed.
        package var reclaimed: Int64 = 0
        /// The measurement that tells what there is afterwards.
        package var measurement: Int?
        package var finishedAt: Timestamp?

        package init(cause: String, freeBefore: Int64) {
            self.cause = cause
            self.freeBefore = freeBefore
            isOver = false
        }
    }

    package struct Status: ResourceStatus {
        package var observedGeneration: Int64?
        package var conditions: [Condition] = []
        /// Fact: bytes of the filesystem; nil until it was measured.
        package var total: Int64?
        /// Fact.
        package var free: Int64?
        /// Fact: counts the times it was measured.
        package var measurements = 0
        /// Bytes that updates must leave free.
        package var reserved: Int64 = 0
        package var garbage = Garbage()
        package var collection: Collection?
        /// The value of `spec.collect` that was acted on.
        package var handledWish: String?
        package init() {}

        /// Bytes that updates may use.
        package var available: Int64? { free.map { max(0, $0 - reserved) } }
    }

    package static let columns: [Column<Storage>] = [
        Column("Total", .integer, about: "bytes") { $0.status.total.map { .integer($0) } ?? .null },
        Column("Free", .integer, about: "bytes") { $0.status.free.map { .integer($0) } ?? .null },
        Column("Available", .integer, about: "bytes that updates may use") {
            $0.status.available.map { .integer($0) } ?? .null
        },
        Column("Garbage", .integer, about: "bytes that a collection would give back") {
            .integer($0.status.garbage.bytes)
        },
    ]

    package static let schema = """
        spec object What it should be.
          collect? string A new value asks for one garbage collection.
        status object What was observed.
          total? integer Bytes of the filesystem; missing until it was measured.
          free? integer Bytes that are free.
          measurements integer Counts the times it was measured.
          reserved integer Bytes that updates must leave free.
          garbage object What nothing needs any more.
            revisions [string] Their names.
            objects integer How many.
            bytes integer Of those objects.
          collection? object The last garbage collection.
            cause string What asked for it.
            isOver boolean Whether it has ended.
            freeBefore integer Free bytes when it began.
            reclaimed integer Bytes of the objects it removed.
            measurement? integer The measurement that tells what there is afterwards.
            finishedAt? time When it ended.
          handledWish? string The value of collect that was acted on.
        """
}
