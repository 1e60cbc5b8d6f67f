/// A request that is arriving.
struct Incoming {
    var head: Request.Head
    let route: Route
    /// Whether the connection ends after the answer.
    let closes: Bool
    private var body: [UInt8] = []
    private var dropped = 0
    private var isTooLarge = false
    /// What is answered instead, once that is decided while the body comes.
    private var refusal: Response?

    init(head: Request.Head, route: Route, closes: Bool) {
        self.head = head
        self.route = route
        self.closes = closes
    }

    /// Whether a piece of that many bytes would be kept.
    func isKeeping(_ count: Int) -> Bool {
        if case .accept(let limit, _, _) = route, !isTooLarge { body.count + count <= limit } else { false }
    }

    /// Whatever comes is dropped, and this is answered at the end.
    mutating func refuse(_ response: Response) {
        refusal = response
        isTooLarge = true
    }

    /// Takes a piece of the body; false when more was dropped than is patient.
    mutating func take(_ bytes: some Collection<UInt8>, drainLimit: Int) -> Bool {
        if isKeeping(bytes.count) {
            body.append(contentsOf: bytes)
            return true
        }
        isTooLarge = true
        body = []
        dropped += bytes.count
        return dropped <= drainLimit
    }

    /// What to answer now that everything is there.
    func reply() -> Reply {
        if let refusal { return .now(refusal) }
        return switch route {
        case .refuse(let response): .now(response)
        // Answered while the body came.
        case .receive: .now(Response(.internalError))
        case .accept(_, let tooLarge, let handle):
            isTooLarge ? .now(tooLarge) : handle(Request(head: head, body: body))
        }
    }
}
