package import Drivers
package import Model

/// A reconciliation loop for one kind: what is asked for and what is known go in, what to do next comes out.
///
/// - `plan` is pure, synchronous and total: it reads the world it is given and nothing else, takes the time from it,
///   and may be called at any moment, any number of times. Same input, same plan.
/// - `perform` does one idempotent driver call. It may be called again after the runtime died in the middle of it.
///   What it learned comes back as facts, which the engine writes into the subject's status.
/// - A failure is thrown, never logged and swallowed: the engine turns it into the subject's `Progressing` condition
///   and backs off.
/// - Reading a kind that is not among `inputs`, or writing one that is not among `outputs`, traps in debug builds.
package protocol Controller: Sendable {
    associatedtype Subject: Kind
    associatedtype Action: Sendable, Equatable, CustomStringConvertible

    static var name: String { get }
    static var inputs: [Input] { get }
    static var outputs: [Output] { get }

    func plan(_ subject: Resource<Subject>, in world: World) -> Plan<Subject, Action>
    func perform(_ action: Action) async throws(DriverError) -> Facts<Subject>
}

/// What an action found out: a change of its subject's status.
///
/// Applied to the newest version, so it sets only fields that are facts.
package struct Facts<Subject: Kind>: Sendable {
    package let apply: @Sendable (inout Subject.Status) -> Void
    /// What was come across on the way; what is known already stays as it is.
    package let found: [AnyResource]

    package init(finding found: [AnyResource] = [], _ apply: @escaping @Sendable (inout Subject.Status) -> Void) {
        self.found = found
        self.apply = apply
    }

    package static var none: Facts { Facts { _ in } }
}

/// A kind that a controller reads, and which of its subjects a change of it concerns.
package struct Input: Sendable {
    package let kind: KindName
    /// The names of the subjects to plan again after `changed` became what it is.
    ///
    /// For a delete it gets the last version.
    package let subjects: @Sendable (_ changed: AnyResource, _ world: World) -> [String]

    /// Maps a changed resource of another kind to subjects.
    package static func mapping<K: Kind>(
        _ kind: K.Type, to subjects: @escaping @Sendable (Resource<K>, World) -> [String]
    ) -> Input {
        Input(kind: K.descriptor.name) { changed, world in
            changed.as(kind).map { subjects($0, world) } ?? []
        }
    }

    /// A kind that is read but whose changes alone never make a new plan necessary.
    package static func reading<K: Kind>(_ kind: K.Type) -> Input {
        Input(kind: K.descriptor.name) { _, _ in [] }
    }

    init(kind: KindName, subjects: @escaping @Sendable (AnyResource, World) -> [String]) {
        self.kind = kind
        self.subjects = subjects
    }
}

/// A part of a kind that a controller writes.
///
/// The engine refuses two writers of one part.
package struct Output: Sendable, Hashable {
    package enum Part: String, Sendable, Hashable {
        /// creates, changes and deletes the resources
        case spec
        case status
    }

    package let kind: KindName
    package let part: Part

    package static func spec<K: Kind>(of kind: K.Type) -> Output { Output(kind: K.descriptor.name, part: .spec) }
    package static func status<K: Kind>(of kind: K.Type) -> Output { Output(kind: K.descriptor.name, part: .status) }
}
