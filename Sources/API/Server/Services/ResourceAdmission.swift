package import JSON
package import Model
package import Store

/// What one kind asks of the resources that users create, change and delete, beyond their shape; and what makes them
/// last.
///
/// The composition root gives one for each kind that needs it.
package protocol ResourceAdmission: Sendable {
    /// What controllers hold a new one by until they have let go of it.
    var finalizers: [String] { get }

    /// Fills in what follows from the rest of a new document, before its shape is checked.
    func complete(_ document: JSONValue) -> JSONValue

    /// Checks what is about to be stored, and tells what the user should know; `old` is nil for a new one.
    func review(
        _ resource: AnyResource, replacing old: AnyResource?, in snapshot: Snapshot
    ) throws(AdmissionRefusal) -> [String]

    func reviewDeletion(of resource: AnyResource, in snapshot: Snapshot) throws(AdmissionRefusal)

    /// Makes a new one last: when this returns, it survives a power cut.
    ///
    /// Called before it is stored and answered; what is thrown becomes the answer, and nothing is stored.
    func persist(_ resource: AnyResource) async throws

    /// Waits until one that was just stored is safe in another way, for what `persist` cannot do.
    ///
    /// Called before it is answered.
    func settle(_ resource: AnyResource, in store: ResourceStore) async

    /// Takes back what `persist` did, because the resource is deleted or could not be stored.
    func discard(_ resource: AnyResource) async throws
}

extension ResourceAdmission {
    package var finalizers: [String] { [] }
    package func complete(_ document: JSONValue) -> JSONValue { document }
    package func reviewDeletion(of resource: AnyResource, in snapshot: Snapshot) throws(AdmissionRefusal) {}
    package func persist(_ resource: AnyResource) async throws {}
    package func settle(_ resource: AnyResource, in store: ResourceStore) async {}
    package func discard(_ resource: AnyResource) async throws {}
}

package enum AdmissionRefusal: Error, Sendable, Equatable {
    /// Every problem, with its place in the document: `/spec/state/device.json`.
    case invalid([ManifestError])
    /// It may be done another time, or by doing something else first: the sentence says what.
    case forbidden(String)
}
