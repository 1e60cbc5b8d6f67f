import Glibc

/// Messages of one container, as fast as the log server takes them: each is a datagram of about a hundred bytes, as
/// syslog(3) sends it.
struct LogBench {
    let container: String
    /// The log server's directory.
    let directory: String
    let duration: Duration

    /// Prints how many a second were taken, filed and not dropped.
    func run(as name: String, budget: Budget?) throws {
        let log = try connectedSocket("\(directory)/containers/\(container)/log", SOCK_DGRAM)
        defer { close(log) }
        let message = Array(
            "<14>Oct 11 22:14:15 bench[42]: a request for /index.html took 17 milliseconds, all is well".utf8)
        let before = try counters()
        let clock = ContinuousClock()
        let begin = clock.now
        var sent = 0
        while clock.now - begin < duration {
            for _ in 0..<100 {
                guard send(log, message, message.count, 0) == message.count else {
                    throw LoadError.system("send", errno: errno)
                }
            }
            sent += 100
        }
        while try counters().received < before.received + sent {}
        let time = clock.now - begin
        let after = try counters()
        report(name, Double(sent - (after.dropped - before.dropped)) / time.inSeconds, "per_second", budget)
        report("\(name)_dropped", Double(after.dropped - before.dropped), "messages")
    }

    /// What the log server counted of the container.
    private func counters() throws -> (received: Int, dropped: Int) {
        let control = try connectedSocket("\(directory)/control", SOCK_SEQPACKET)
        defer { close(control) }
        let question = Array("counters".utf8)
        guard send(control, question, question.count, 0) == question.count else {
            throw LoadError.system("send", errno: errno)
        }
        var answer = [UInt8](repeating: 0, count: 65_536)
        let length = recv(control, &answer, answer.count, 0)
        guard length >= 0 else { throw LoadError.system("recv", errno: errno) }
        for line in String(decoding: answer.prefix(length), as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 3, words[0] == container, let received = Int(words[1]), let dropped = Int(words[2]) {
                return (received, dropped)
            }
        }
        return (0, 0)
    }
}
