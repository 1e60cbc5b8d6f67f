/// A request that is arriving.
struct Incoming {
    var head: Request.Head
    let route: Route
    /// Whether the connection ends after the answer.
    let closes: Bool
    private var body: [UInt8] = []
    private var dropped = 0
    private var isTooLarge = false

    init(head: Request.Head, route: Route, closes: Bool) {
        self.head = head
        self.route = route
        self.closes = closes
    }

    /// Takes a piece of the body; false when more was dropped than is patient.
    mutating func take(_ bytes: some Collection<UInt8>, drainLimit: Int) -> Bool {
        if case .accept(let limit, _, _) = route, !isTooLarge, body.count + bytes.count <= limit {
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
        switch route {
        case .refuse(let response): .now(response)
        // Answered while the body came.
        case .receive: .now(Response(.internalError))
        case .accept(_, let tooLarge, let handle):
            isTooLarge ? .now(tooLarge) : handle(Request(head: head, body: body))
        }
    }
}
