/// So many of something at once; whoever comes later waits.
///
/// Tests run side by side, all of them: without it hundreds of servers are up at the same time, and their descriptors
/// are more than Foundation's `Process` can list without reading behind the end of its buffer.
actor Places {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ number: Int) {
        free = number
    }

    func take() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func giveBack() {
        guard waiting.isEmpty else { return waiting.removeFirst().resume() }
        free += 1
    }
}
