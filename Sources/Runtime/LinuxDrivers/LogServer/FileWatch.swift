import Drivers
import Glibc

/// Changes of files and directories, by inotify.
///
/// After each batch it looks away for a moment: whoever writes without a pause costs ten wakeups a second, not thousands.
final class FileWatch {
    typealias Handler = (_ mask: UInt32, _ name: String) -> Void

    private static let pause: Int64 = 100

    private let notifier: OwnedDescriptor
    private let loop: LogLoop
    private var handlers: [Int32: [(owner: Int, handler: Handler)]] = [:]
    private var token: LogLoop.Token?
    private var lastOwner = 0
    /// Called when changes were missed: everything must be looked at.
    var onOverflow: () -> Void = {}

    /// One registration.
    struct Mark: Hashable {
        fileprivate let number: Int32
        fileprivate let owner: Int
    }

    init(_ loop: LogLoop) throws(DriverError) {
        let number = inotify_init1(Int32(O_CLOEXEC | O_NONBLOCK))
        guard number >= 0 else { throw .ofSystem("ServeLogs", "inotify") }
        notifier = OwnedDescriptor(number)
        self.loop = loop
        look()
    }

    /// Nil when it cannot be watched.
    func add(_ path: String, _ mask: UInt32, _ handler: @escaping Handler) -> Mark? {
        let number = inotify_add_watch(notifier.number, path, mask | UInt32(IN_MASK_ADD))
        guard number >= 0 else { return nil }
        lastOwner += 1
        handlers[number, default: []].append((lastOwner, handler))
        return Mark(number: number, owner: lastOwner)
    }

    /// Watches a directory of ours, which is made when its writer has not come to it yet.
    func add(ownDirectory path: String, _ mask: UInt32, _ handler: @escaping Handler) -> Mark? {
        do throws(DriverError) {
            try Files.makeDirectories(path)
        } catch {
            // A full disk: who follows the directory looks again when it is told of anything.
        }
        return add(path, mask, handler)
    }

    func remove(_ mark: Mark?) {
        guard let mark, var left = handlers[mark.number] else { return }
        left.removeAll { $0.owner == mark.owner }
        handlers[mark.number] = left.isEmpty ? nil : left
        if left.isEmpty { inotify_rm_watch(notifier.number, mark.number) }
    }

    private func look() {
        token = loop.watch(notifier) { [unowned self] in
            loop.forget(token)
            take()
            loop.after(milliseconds: Self.pause) { [unowned self] in look() }
        }
    }

    private func take() {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        var seen: Set<Seen> = []
        while true {
            let length = read(notifier.number, &bytes, bytes.count)
            guard length > 0 else { break }
            bytes.withUnsafeBytes { raw in
                var offset = 0
                while offset + 16 <= length {
                    let number = raw.loadUnaligned(fromByteOffset: offset, as: Int32.self)
                    let mask = raw.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
                    let size = Int(raw.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
                    let name = raw[(offset + 16)..<(offset + 16 + size)].prefix { $0 != 0 }
                    seen.insert(Seen(number: number, mask: mask, name: String(decoding: name, as: UTF8.self)))
                    offset += 16 + size
                }
            }
        }
        for event in seen {
            if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { onOverflow() }
            for entry in handlers[event.number] ?? [] { entry.handler(event.mask, event.name) }
            if event.mask & UInt32(IN_IGNORED) != 0 { handlers[event.number] = nil }
        }
    }

    private struct Seen: Hashable {
        let number: Int32
        let mask: UInt32
        let name: String
    }
}
