import JSON

/// What happened to a resource (core/v1 Event); equal ones are counted, not repeated.
package enum Event: Kind {
    package static let descriptor = KindDescriptor(
        name: "Event", plural: "events", singular: "event", shortNames: ["ev"], group: "", isNamespaced: true,
        isFlat: true)

    package enum Level: String, Sendable, Codable, CaseIterable {
        case normal = "Normal"
        case warning = "Warning"
    }

    package struct Reference: Codable, Sendable, Hashable {
        package var kind: String
        package var apiVersion: String
        package var name: String
        package var uid: String
        package var namespace = ""

        package init(kind: String, apiVersion: String, name: String, uid: String) {
            self.kind = kind
            self.apiVersion = apiVersion
            self.name = name
            self.uid = uid
        }
    }

    package struct Source: Codable, Sendable, Hashable {
        package var component: String
    }

    package struct Spec: Codable, Sendable, Equatable {
        package var involvedObject: Reference
        package var type: Level
        package var reason: String
        package var message: String
        package var firstTimestamp: Timestamp
        package var lastTimestamp: Timestamp
        package var count: Int
        package var source: Source

        package init(
            involvedObject: Reference, type: Level, reason: String, message: String, at time: Timestamp,
            component: String
        ) {
            self.involvedObject = involvedObject
            self.type = type
            self.reason = reason
            self.message = message
            self.firstTimestamp = time
            self.lastTimestamp = time
            self.count = 1
            self.source = Source(component: component)
        }
    }

    package struct Status: ResourceStatus {
        package var observedGeneration: Int64?
        package var conditions: [Condition] = []
        package init() {}
    }

    package static let columns: [Column<Event>] = [
        Column("Last-Seen", .date, about: "when it happened last") { .string($0.spec.lastTimestamp.description) },
        Column("Type", about: "Normal or Warning") { .string($0.spec.type.rawValue) },
        Column("Reason", about: "one word") { .string($0.spec.reason) },
        Column("Object", about: "what it happened to") {
            .string("\($0.spec.involvedObject.kind.lowercased())/\($0.spec.involvedObject.name)")
        },
        Column("Message", about: "what happened") { .string($0.spec.message) },
        Column("Count", .integer, wide: true, about: "how often") { .integer(Int64($0.spec.count)) },
        Column("First-Seen", .date, wide: true, about: "when it happened first") {
            .string($0.spec.firstTimestamp.description)
        },
    ]

    package static let schema = """
        involvedObject object What it happened to.
          kind string Its kind.
          apiVersion string Group and version of its kind.
          name string Its name.
          uid string Its uid.
          namespace string Its namespace; empty for resources of the device.
        type Normal|Warning How bad it is.
        reason string One word for programs.
        message string What happened, for people.
        firstTimestamp time When it happened first.
        lastTimestamp time When it happened last.
        count integer How often.
        source object Who tells.
          component string The controller.
        """
}
