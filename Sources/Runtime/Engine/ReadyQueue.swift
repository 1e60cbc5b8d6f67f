import DequeModule

/// Subjects that wait to be planned: first in, first out, or drawn by a seed in the simulator.
struct ReadyQueue: Sendable {
    private var waiting = Deque<Int>()
    private var generator: SeededGenerator?

    init(drawing generator: SeededGenerator?) {
        self.generator = generator
    }

    var isEmpty: Bool { waiting.isEmpty }

    mutating func append(_ subject: Int) { waiting.append(subject) }

    mutating func next() -> Int? {
        if var generator, waiting.count > 1 {
            waiting.swapAt(0, generator.draw(below: waiting.count))
            self.generator = generator
        }
        return waiting.popFirst()
    }
}
