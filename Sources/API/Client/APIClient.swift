import NIOCore
import NIOHTTP1
import NIOPosix

/// Speaks HTTP/1.1 with an API server; one connection for each request, which costs a unix socket microseconds.
package struct APIClient: Sendable {
    package let endpoint: Endpoint
    /// How long connecting may take.
    package var connectTimeout: Duration = .seconds(5)
    /// How long an answer may take, from the connection to its end; for streams, to its head.
    package var responseTimeout: Duration = .seconds(240)

    /// One thread serves every connection of the process; it starts with the first.
    static let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    package init(_ endpoint: Endpoint) {
        self.endpoint = endpoint
    }

    /// Sends a request, with a long body piece by piece when there is one, and collects the whole answer.
    ///
    /// What only reads is asked a second time when the connection was lost: the server may have been replaced.
    package func send(_ request: APIRequest, upload: Upload? = nil) async throws(ClientError) -> APIResponse {
        do throws(ClientError) {
            return try await attempt(request, upload)
        } catch .closed where request.method == .get && upload == nil {
            return try await attempt(request, upload)
        }
    }

    private func attempt(_ request: APIRequest, _ upload: Upload?) async throws(ClientError) -> APIResponse {
        do {
            return try await exchange(request, upload, deadlineEndsWithHead: false) { head, body in
                var bytes: [UInt8] = []
                while let piece = try await body.next() { bytes += piece }
                return APIResponse(status: head.status, contentType: head.contentType, body: bytes)
            }
        } catch {
            throw ClientError(error, at: endpoint)
        }
    }

    /// Sends a request and hands its answer to `consume` while it arrives; the connection ends with `consume`.
    ///
    /// With `limit`, the whole stream may not take longer. Throws a `ClientError`, or what `consume` throws.
    package func stream<Result>(
        _ request: APIRequest, limit: Duration? = nil,
        _ consume: (APIResponseHead, inout ResponseBody) async throws -> Result
    ) async throws -> Result {
        var client = self
        if let limit { client.responseTimeout = limit }
        return try await client.exchange(request, nil, deadlineEndsWithHead: limit == nil, consume)
    }

    private func exchange<Result>(
        _ request: APIRequest, _ upload: Upload?, deadlineEndsWithHead: Bool,
        _ consume: (APIResponseHead, inout ResponseBody) async throws -> Result
    ) async throws -> Result {
        let connection = try await connect()
        let deadline = Deadline(
            responseTimeout, of: connection.channel, error: .timedOut(endpoint, doing: "waiting for an answer"))
        defer { deadline.cancel() }
        return try await connection.executeThenClose { inbound, outbound in
            let refusal = try await write(request, upload, to: outbound)
            var parts = inbound.makeAsyncIterator()
            let head = try await readHead(&parts, orElse: refusal)
            if deadlineEndsWithHead { deadline.cancel() }
            var body = ResponseBody(parts, from: endpoint)
            return try await consume(head, &body)
        }
    }

    /// Writes the request.
    ///
    /// An error of the connection is returned, not thrown: a server that refuses early has answered all the same.
    private func write(
        _ request: APIRequest, _ upload: Upload?, to outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    ) async throws(ClientError) -> ClientError? {
        var rest = (request.body.map { [$0] } ?? []).makeIterator()
        do {
            try await outbound.write(.head(request.head(uploading: upload?.length)))
            while let piece = try upload?.next() ?? rest.next() {
                try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: piece))))
            }
            try await outbound.write(.end(nil))
            return nil
        } catch let error as ClientError {
            throw error
        } catch {
            return ClientError(error, at: endpoint)
        }
    }

    private func readHead(
        _ parts: inout NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator, orElse refusal: ClientError?
    ) async throws(ClientError) -> APIResponseHead {
        do {
            guard case .head(let head)? = try await parts.next() else { throw refusal ?? .closed(endpoint) }
            return APIResponseHead(head)
        } catch {
            throw ClientError(error, at: endpoint)
        }
    }

    private func connect() async throws(ClientError) -> NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart> {
        try await connect { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
            }
        }
    }

    /// Connects and lets `initialize` build the pipeline.
    func connect<Output: Sendable>(
        _ initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws(ClientError) -> Output {
        let bootstrap = ClientBootstrap(group: Self.loops).connectTimeout(TimeAmount(connectTimeout))
        do {
            switch endpoint {
            case .unix(let path):
                return try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: initialize)
            case .tcp(let host, let port):
                return try await bootstrap.connect(host: host, port: port, channelInitializer: initialize)
            }
        } catch {
            throw ClientError(error, at: endpoint)
        }
    }
}

/// A body too long to be held in memory: so many bytes, in pieces, nil at the end.
package struct Upload {
    package let length: Int
    package let next: () throws(ClientError) -> [UInt8]?

    package init(length: Int, next: @escaping () throws(ClientError) -> [UInt8]?) {
        self.length = length
        self.next = next
    }
}

/// What comes before the body of an answer.
package struct APIResponseHead: Sendable, Equatable {
    package let status: Int
    package let contentType: String

    init(_ head: HTTPResponseHead) {
        status = Int(head.status.code)
        contentType = head.headers.first(name: "Content-Type") ?? ""
    }

    package var isSuccess: Bool { (200..<300).contains(status) }
}

/// Fails a connection that takes too long.
struct Deadline {
    private let scheduled: Scheduled<Void>

    init(_ time: Duration, of channel: any Channel, error: ClientError) {
        scheduled = channel.eventLoop.scheduleTask(in: TimeAmount(time)) {
            channel.pipeline.fireErrorCaught(error)
            channel.close(promise: nil)
        }
    }

    func cancel() { scheduled.cancel() }
}
