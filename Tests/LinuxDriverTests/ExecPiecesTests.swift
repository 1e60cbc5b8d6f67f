import Drivers
import Synchronization
import Testing

@testable import LinuxDrivers

struct ExecPiecesTests {
    private let pieces = ExecPieces()
    private let reads = Reads()

    /// Counts how often the stream may be read on.
    private final class Reads: Sendable {
        private let number = Mutex(0)
        var count: Int { number.withLock { $0 } }
        func next() { number.withLock { $0 += 1 } }
    }

    private func add(_ number: UInt8) { pieces.add(.standardOutput([number])) { [reads] in reads.next() } }

    @Test func `a stream is read no further ahead than four pieces`() async {
        for number in 1...4 { add(UInt8(number)) }
        #expect(reads.count == 3)
        #expect(await pieces.next() == .standardOutput([1]))
        #expect(reads.count == 4)
    }

    @Test func `all that was written is told before the end`() async {
        for number in 1...3 { add(UInt8(number)) }
        pieces.finish()
        var told: [ExecOutput?] = []
        for _ in 1...4 { told.append(await pieces.next()) }
        #expect(told == [.standardOutput([1]), .standardOutput([2]), .standardOutput([3]), nil])
    }

    @Test func `a reader who waits is given the next piece`() async {
        let pieces = pieces
        async let piece = pieces.next()
        add(1)
        #expect(await piece == .standardOutput([1]))
        #expect(reads.count == 1)
    }

    @Test func `what nobody reads any more is dropped, and its stream let go`() async {
        add(1)
        pieces.drop()
        add(2)
        #expect(await pieces.next() == nil)
        #expect(reads.count == 1)
    }
}
