/// Metadata on the storage, and as files that containers see.
package protocol MetaDriver: Sendable {
    /// Every value that the storage holds, by key.
    ///
    /// - Parameter meta: `user-meta` or `device-meta`.
    func saved(_ meta: String) async throws(DriverError) -> [String: String]

    /// Keeps one value, or forgets it (nil): when this returns, a power cut changes nothing about it.
    func save(_ value: String?, for key: String, of meta: String) async throws(DriverError)

    /// Makes a directory of the run directory hold exactly these files; nil removes it.
    ///
    /// Each file is replaced as a whole, in the directory that is there: containers have it mounted.
    func show(_ files: [String: String]?, in directory: String) async throws(DriverError)
}
