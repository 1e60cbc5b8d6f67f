/// How a request is answered.
enum Reply {
    case now(Response)
    /// When something slow, like the disk, must be asked first.
    case later(@Sendable () async -> Response)
    /// Changes, until one side has enough.
    case watch(WatchPlan)
    /// Bytes as they come.
    ///
    /// What cannot be had is a `Refusal`.
    case stream(
        contentType: String, body: @Sendable () async throws -> any AsyncSequence<[UInt8], any Error> & Sendable)
    /// A command, spoken with over a WebSocket.
    case exec(ExecPlan)
}

/// An answer instead of the one that was asked for.
struct Refusal: Error {
    let response: Response
}

extension Reply {
    /// Whether it goes on for as long as the client likes, and keeps files open meanwhile.
    var isOpenEnded: Bool {
        switch self {
        case .stream, .exec: true
        case .now, .later, .watch: false
        }
    }
}

/// What is decided about a request when its head has arrived.
enum Route {
    /// Answered without looking at the body, which is read and dropped.
    case refuse(Response)
    case accept(bodyLimit: Int, tooLarge: Response, handle: (Request) -> Reply)
    /// The answer is made while the body comes.
    case receive(handle: @Sendable (IncomingBody) async -> Response)

    /// For requests whose body, if they have any, means nothing.
    static func bodiless(_ handle: @escaping (Request) -> Reply) -> Route {
        .accept(bodyLimit: 64 * 1024, tooLarge: Response(.contentTooLarge), handle: handle)
    }
}
