import FuzzSupport
import Glibc
import Synchronization

/// Feeds libFuzzer's bytes to a whole API server, as what one client says on a connection of its own.
///
/// Whatever a client says, it gets well-formed answers or its connection ends, and the server lives on. A body without
/// a Content-Length is given one, so that changes of it are not only bad framing; the line `X-Caller: NAME` says who asks.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzHTTP(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let device = Device.current.withLock { device -> Device in
        // What is left by earlier inputs must not grow for ever.
        if let device, device.uses < 200 { return device }
        device?.stop()
        let fresh = Device()
        device = fresh
        return fresh
    }
    device.uses += 1
    let message = Message(input)
    device.callers.become(message.caller)
    let answer = Exchange.say(message.framed, to: device.path)
    Answers.check(answer)
    return 0
}

@_cdecl("LLVMFuzzerCustomMutator")
package func change(_ data: UnsafeMutablePointer<UInt8>?, _ count: Int, _ capacity: Int, _ seed: CUnsignedInt) -> Int {
    let body = Message.startOfBody(Array(UnsafeBufferPointer(start: data, count: count)))
    return mutate(data, count, capacity, seed, documentAt: body ?? count)
}

/// The package manager starts an executable at a function of this name, where libFuzzer expects to bring its own.
@_cdecl("fuzz_http_main")
package func main(
    _ argumentCount: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
    signal(SIGPIPE, SIG_IGN)
    return runFuzzer(argumentCount, arguments, fuzzHTTP)
}

/// An input, split where its body begins.
struct Message {
    private let head: [UInt8]
    private let body: [UInt8]

    init(_ input: [UInt8]) {
        let start = Message.startOfBody(input) ?? input.count
        head = Array(input[..<start])
        body = Array(input[start...])
    }

    static func startOfBody(_ input: [UInt8]) -> Int? {
        for index in input.indices.dropFirst() where input[index] == 10 {
            if input[index - 1] == 10 { return index + 1 }
            if index >= 3, input[index - 1] == 13, input[index - 2] == 10 { return index + 1 }
        }
        return nil
    }

    /// With a Content-Length, when there is a body and nothing says how long it is.
    var framed: [UInt8] {
        let text = String(decoding: head, as: UTF8.self).lowercased()
        guard !body.isEmpty, !text.contains("content-length"), !text.contains("transfer-encoding") else {
            return head + body
        }
        let length = Array("Content-Length: \(body.count)\r\n\r\n".utf8)
        let end = head.count - (head.suffix(2).elementsEqual([13, 10]) ? 2 : 1)
        return Array(head[..<end]) + length + body
    }

    var caller: String? {
        let text = String(decoding: head, as: UTF8.self)
        guard let line = text.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("X-Caller: ") }) else {
            return nil
        }
        return String(line.dropFirst("X-Caller: ".count))
    }
}

/// One conversation: all is said, and all that comes back is read.
enum Exchange {
    static func say(_ bytes: [UInt8], to path: String) -> [UInt8] {
        let descriptor = connect(path)
        defer { close(descriptor) }
        var unsaid = bytes[...]
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        if unsaid.isEmpty { shutdown(descriptor, Int32(SHUT_WR)) }
        while true {
            var query = pollfd(
                fd: descriptor, events: Int16(POLLIN) | Int16(unsaid.isEmpty ? 0 : POLLOUT), revents: 0)
            guard poll(&query, 1, -1) > 0 else { continue }
            if Int32(query.revents) & POLLOUT != 0, !unsaid.isEmpty {
                let count = unsaid.withUnsafeBytes {
                    send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
                }
                // A server that hung up takes nothing more.
                unsaid = count > 0 ? unsaid.dropFirst(count) : (errno == EAGAIN ? unsaid : [])
                if unsaid.isEmpty { shutdown(descriptor, Int32(SHUT_WR)) }
            }
            guard Int32(query.revents) & (POLLIN | POLLHUP | POLLERR) != 0 else { continue }
            let count = recv(descriptor, &piece, piece.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                answer += piece[..<count]
            } else if count == 0 || errno != EAGAIN {
                return answer
            }
        }
    }

    private static func connect(_ path: String) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        precondition(result == 0, "the server takes no connection: \(errno)")
        return descriptor
    }
}
