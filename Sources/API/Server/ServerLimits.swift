/// What one client may cost.
///
/// Bytes unless said otherwise.
package struct ServerLimits: Sendable, Equatable {
    /// Method, path and query.
    package var requestLine = 8 * 1024
    /// Request line and headers.
    package var head = 32 * 1024
    /// A resource or a patch.
    package var resource = 1024 * 1024
    /// How much of a refused body is read and dropped, so that the client gets to read the answer.
    package var drain = 16 * 1024 * 1024

    /// Connections at the same time.
    package var connections = 512
    /// How many of them containers may hold together, so that the host always gets in.
    package var containerConnections = 384
    /// How many of them one container may hold.
    package var connectionsPerContainer = 64
    /// Events that wait for a watcher; one more, and its watch ends.
    package var watchQueue = 8192

    /// From the first byte of a request to the end of its headers.
    package var headTimeout = Duration.seconds(10)
    /// Between two pieces of a body.
    package var bodyTimeout = Duration.seconds(30)
    /// Between two requests of a connection.
    package var idleTimeout = Duration.seconds(60)
    /// How long a client may refuse to take what is sent to it.
    package var writeTimeout = Duration.seconds(30)
    /// Between two bookmarks of a quiet watch.
    package var bookmarkInterval = Duration.seconds(60)

    package init() {}
}
