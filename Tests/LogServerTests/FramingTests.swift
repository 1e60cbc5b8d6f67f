import LogServer
import Testing

struct FramingTests {
    /// Everything a stream says when it comes in pieces of a length.
    private func records(_ bytes: [UInt8], piece: Int) -> [LogRecord] {
        var framing = StreamFraming()
        var buffer: [UInt8] = []
        var records: [LogRecord] = []
        var rest = bytes[...]
        while true {
            buffer += rest.prefix(piece)
            rest = rest.dropFirst(piece)
            let isEnd = rest.isEmpty
            steps: while true {
                switch framing.next(in: buffer[...], isEnd: isEnd) {
                case .message(let record, let length):
                    records.append(record)
                    buffer.removeFirst(length)
                case .skip(let count): buffer.removeFirst(count)
                case .needsMore: break steps
                case .broken(let why):
                    records.append(LogRecord(.fatal, "broken", why))
                    return records
                }
            }
            if isEnd { return records }
        }
    }

    private func frame(_ text: String, code: Int32 = 0) -> [UInt8] {
        var bytes: [UInt8] = []
        for number in [code, Int32(text.utf8.count)] { withUnsafeBytes(of: number) { bytes += $0 } }
        return bytes + text.utf8
    }

    @Test(arguments: [1, 2, 3, 7, 64, 100_000])
    func `messages are the same however the stream is cut`(piece: Int) {
        var stream = Array("<14>app: one\n<14>app: two\u{0}".utf8)
        stream += frame("3\u{0}x\u{0}bin\u{0}three\nlines")
        stream += frame("{\"op\":1}", code: 256)
        stream += "{\"src\":\"j\",\n\"message\":\"{four}\"}\r\n{\"src\":\"j\",\"message\":\"five\"}".utf8
        stream += "12 <14>app: s\nx7 apples\nlevel=1 src=k message=last".utf8
        #expect(
            records(stream, piece: piece) == [
                LogRecord(.info, "app", "one"), LogRecord(.info, "app", "two"), LogRecord(.info, "bin", "three\nlines"),
                LogRecord(.info, "j", "{four}"), LogRecord(.info, "j", "five"), LogRecord(.info, "app", "s\nx"),
                LogRecord(.info, "unknown-app", "7 apples"), LogRecord(.error, "k", "last"),
            ])
    }

    @Test(arguments: [100, 5000, 100_000])
    func `what is too long is cut, and the next message is whole`(piece: Int) {
        let long = String(repeating: "x", count: 40_000)
        var stream = Array("\(long)\nafter\n".utf8)
        stream += frame("3\u{0}x\u{0}bin\u{0}\(long)")
        stream += "{\(long)\nend".utf8
        let found = records(stream, piece: piece)
        #expect(found.map(\.source) == ["unknown-app", "unknown-app", "bin", "unknown-app", "unknown-app"])
        #expect(found.map(\.text.count) == [16_390, 5, 16_384 - 8 + 6, 16_390, 3])
        #expect(found[0].text.suffix(6) == Array(" [cut]".utf8)[...])
    }

    @Test func `a peer that sends no messages is broken`() {
        #expect(records([0, 0, 0, 0, 0, 0, 0, 127, 1], piece: 9).map(\.source) == ["broken"])
        #expect(records(frame("no parts"), piece: 99).map(\.source) == ["broken"])
        #expect(records([0, 0, 0, 0, 9, 0, 0, 0, 1], piece: 9).map(\.source) == ["broken"])
        #expect(records([0, 5, 0, 10, 0], piece: 2) == [LogRecord(.info, "unknown-app", "\u{5}")])
    }

    @Test func `whatever a peer sends, every byte is taken once and nothing breaks`() {
        let pieces = [
            "<14>", "<999>1 ", "{\"message\":", "\"x\"}", "[a=\"\\]", "level=", "12 <", "\n", "\u{0}",
            "\u{0}\u{0}\u{0}\u{0}",
            "\u{1}\u{0}\u{0}\u{0}", "99999 ", "src=\"", "\\", "tag[1]: ", "\u{ff}", "-", " ",
        ].map { Array($0.utf8) }
        var state: UInt64 = 1
        func draw(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        for _ in 0..<3000 {
            let stream = (0..<draw(40)).flatMap { _ in draw(4) == 0 ? [UInt8(draw(256))] : pieces[draw(pieces.count)] }
            var framing = StreamFraming()
            var position = 0
            stepping: while position < stream.count {
                switch framing.next(in: stream[position...], isEnd: true) {
                case .message(let record, let length):
                    #expect(length > 0 && !record.source.isEmpty && !record.source.contains("/"))
                    position += length
                case .skip(let count):
                    #expect(count > 0)
                    position += count
                case .needsMore: break stepping
                case .broken: break stepping
                }
            }
            #expect(position <= stream.count)
        }
    }
}
