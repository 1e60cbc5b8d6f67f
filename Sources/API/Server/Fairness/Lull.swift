import NIOCore

/// Gives memory back once a rush of connections is over.
///
/// It lives on the server's one thread.
final class Lull {
    private let loop: any EventLoop
    private let release: @Sendable () -> Void
    /// Connections since memory was given back last.
    private var rush = 0
    private var isAwaited = false

    /// Fewer in a row leave nothing that is worth it.
    private static let least = 256
    private static let fewOpen = 32
    private static let pause = TimeAmount.seconds(1)

    init(_ loop: any EventLoop, _ release: @escaping @Sendable () -> Void) {
        self.loop = loop
        self.release = release
    }

    func connected() { rush += 1 }

    func disconnected(_ open: Int) {
        guard rush >= Lull.least, open <= Lull.fewOpen, !isAwaited else { return }
        isAwaited = true
        let lull = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: Lull.pause) { lull.value.giveBack() }
    }

    private func giveBack() {
        isAwaited = false
        rush = 0
        let release = release
        // It may take milliseconds.
        Task { release() }
    }
}
