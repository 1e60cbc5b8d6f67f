/// What one client may cost.
///
/// Bytes unless said otherwise.
package struct ServerLimits: Sendable, Equatable {
    /// Method, path and query.
    package var requestLine = 8 * 1024
    /// Request line and headers.
    package var head = 32 * 1024
    /// Requests that a client sends ahead; what more there is waits in its socket.
    package var ahead = 4 * 1024
    /// A resource or a patch.
    package var resource = 1024 * 1024
    /// How much of a refused body is read and dropped, so that the client gets to read the answer.
    package var drain = 16 * 1024 * 1024

    /// Connections at the same time.
    ///
    /// The runtime has fewer when it may not open enough files.
    package var connections = 1536
    /// How many of them containers may hold together, so that the host always gets in.
    package var containerConnections = 384
    /// How many of them one container may hold.
    package var connectionsPerContainer = 64
    /// Uploads that come, logs that are followed and commands that run, of everybody.
    package var streams = 96
    /// How many of them containers may have together.
    package var containerStreams = 64
    package var streamsPerContainer = 16
    /// Answers that wait for something slow, as the disk, at the same time for one container; its next requests wait.
    package var slowAnswers = 8
    /// The same for all processes of the host.
    package var hostAnswers = 64
    /// Bodies, and answers that were not taken yet, of one container: with more it is not served until it takes some.
    package var bytesPerContainer = 4 * 1024 * 1024
    /// What containers share of that, in equal parts.
    package var containerBytes = 16 * 1024 * 1024
    /// The same for all processes of the host.
    package var hostBytes = 16 * 1024 * 1024
    /// Events that wait for a watcher; one more, and its watch ends.
    ///
    /// As many as the store remembers cost next to nothing.
    package var watchQueue = 1024

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

    /// Those of a process that may have so many files open, half of which are left to other work.
    package init(openFiles: Int) {
        connections = min(connections, openFiles / 2)
        containerConnections = min(containerConnections, connections * 3 / 4)
    }
}
