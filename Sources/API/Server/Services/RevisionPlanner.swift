package import JSON
package import Store

/// Works out what moving to a revision would do, without touching anything.
package protocol RevisionPlanner: Sendable {
    func plan(_ state: JSONValue, in snapshot: Snapshot) -> JSONValue
}
