/// One aspect of a resource's state, with the reason, for people and for `wait --for=condition=`.
package struct Condition: Sendable, Hashable, Codable {
    package enum Status: String, Sendable, Codable, CaseIterable {
        case yes = "True"
        case no = "False"
        case unknown = "Unknown"
    }

    package var type: String
    package var status: Status
    /// When `status` last changed.
    package var lastTransitionTime: Timestamp
    /// One CamelCase word for programs.
    package var reason: String
    /// A sentence for people: what is wrong and what to do.
    package var message: String
    package var observedGeneration: Int64?

    package init(
        type: String, status: Status, reason: String, message: String = "",
        lastTransitionTime: Timestamp = Timestamp(seconds: 0), observedGeneration: Int64? = nil
    ) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
        self.lastTransitionTime = lastTransitionTime
        self.observedGeneration = observedGeneration
    }
}

extension Condition {
    /// Whether the engine gets on with a resource; False carries the last failure.
    ///
    /// Written by the engine alone.
    package static let progressing = "Progressing"
}

extension [Condition] {
    package subscript(type: String) -> Condition? { first { $0.type == type } }

    package func isTrue(_ type: String) -> Bool { self[type]?.status == .yes }

    /// Sets one condition; the transition time moves only when its status does.
    package mutating func set(
        _ type: String, _ status: Condition.Status, reason: String, message: String = "", at now: Timestamp
    ) {
        guard let index = firstIndex(where: { $0.type == type }) else {
            append(
                Condition(type: type, status: status, reason: reason, message: message, lastTransitionTime: now))
            return
        }
        if self[index].status != status { self[index].lastTransitionTime = now }
        self[index].status = status
        self[index].reason = reason
        self[index].message = message
    }

    package mutating func remove(_ type: String) {
        removeAll { $0.type == type }
    }
}
