/// Which revisions a loader can be told of.
///
/// The name goes through the loader's own script, into lists and onto the kernel's command line, where quotes, spaces
/// and some signs mean something else.
package enum BootRevision {
    /// In bytes.
    ///
    /// Two of them fit into one sector, so that changing both is one write; upstream's runtime reads no more than 119.
    package static let maximumLength = 100

    private static let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-~@:".utf8)

    package static func check(_ revision: String, for operation: String) throws(DriverError) {
        guard let reason = objection(to: revision) else { return }
        throw DriverError(operation, revision, reason)
    }

    /// Why a loader cannot be told of a revision, or nil when it can.
    package static func objection(to revision: String) -> String? {
        guard revision.utf8.count <= maximumLength else {
            return "the name is \(revision.utf8.count) bytes long; a loader gets at most \(maximumLength)"
        }
        for part in revision.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard !part.isEmpty, !part.elementsEqual(".".utf8), !part.elementsEqual("..".utf8) else {
                return "not the name of a revision; use one like 3 or locals/test"
            }
            guard part.allSatisfy(allowed.contains), part.first != UInt8(ascii: "-") else {
                return "a loader understands only letters, digits and ._+-~@: in a revision's name, and no - at first"
            }
        }
        return nil
    }
}
