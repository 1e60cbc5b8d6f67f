/// Who sits at the other end of a connection.
package enum Caller: Sendable, Hashable {
    /// A process of the host: everything is open to it.
    case host
    /// A process of a container, by the container's name.
    case container(String)
    /// A peer that spoke TLS, by the common name of its certificate; whether that is one that may manage the device.
    case remote(String, isManager: Bool)
    /// The kernel would not tell, or told something that is no container of this device.
    case unknown
}

/// Asks the kernel who opened a connection.
///
/// Called once for each accepted connection, on the server's thread.
package protocol CallerIdentifier: Sendable {
    /// `descriptor` is the accepted socket; it stays the server's.
    func identify(_ descriptor: Int32) -> Caller

    /// The number of the process that connected, to tell processes of the host apart; 0 = unknown.
    ///
    /// Nothing but whose turn it is depends on it.
    func process(of descriptor: Int32) -> Int32
}

extension CallerIdentifier {
    package func process(of descriptor: Int32) -> Int32 { 0 }
}
