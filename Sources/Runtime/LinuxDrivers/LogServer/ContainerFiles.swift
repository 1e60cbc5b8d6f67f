import CShims
import Drivers
import Glibc
import LogServer
import Model

/// Follows files inside one run of a container: those of syslog daemons, and those its manifest names.
///
/// Paths are the container's, and it may put links wherever it likes: they are resolved as if its root were ours, links
/// of /proc are not followed, only regular files are opened, and none on a file system that a process serves, which could
/// let us wait for ever. Nothing of it is held when its init has ended.
final class ContainerFiles {
    private struct Path {
        let path: String
        let file: FollowedFile
        var directory: FileWatch.Mark?
        var content: FileWatch.Mark?
    }

    private static let inDirectory = UInt32(IN_CREATE | IN_MOVED_TO) | UInt32(IN_ONLYDIR)
    private let sender: LogSenders.Sender
    private let senders: LogSenders
    private let watch: FileWatch
    private let loop: LogLoop
    private let startedAt: Int64
    private let root: OwnedDescriptor
    private let pid: Int
    private var paths: [Path] = []
    private var exit: LogLoop.Token?
    private var later: LogLoop.Token?
    let container: LogBriefing.Container

    /// Nil when that run is over.
    init?(
        _ container: LogBriefing.Container, _ senders: LogSenders, _ ledger: LogLedger, _ watch: FileWatch,
        _ loop: LogLoop, onEnd: @escaping () -> Void
    ) {
        guard let identity = ProcessIdentity(pid: container.pid),
            identity.startedAt.milliseconds == container.startedAt, let process = identity.open()
        else { return nil }
        let number = open("/proc/\(container.pid)/root", Int32(PV_PLACE_ONLY) | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        root = OwnedDescriptor(number)
        guard identity.isAlive else { return nil }
        self.container = container
        self.senders = senders
        self.watch = watch
        self.loop = loop
        pid = container.pid
        startedAt = container.startedAt
        let sender = senders.sender(container.name)
        self.sender = sender
        paths = container.followedFiles.map { path in
            let source = SourceName.clean(path: path)
            let file = FollowedFile("\(container.name) \(path)", ledger) { line in
                let record = LogRecord(level: .info, source: source, text: Array(line))
                senders.receive(record, from: sender, file: source)
            }
            return Path(path: path, file: file)
        }
        exit = loop.watch(process) { [unowned self] in
            end()
            onEnd()
        }
        look()
    }

    /// Looks at every path, and reads what is new.
    func look() {
        for index in paths.indices { look(index) }
        read()
    }

    private func look(_ index: Int) {
        watch.remove(paths[index].directory)
        watch.remove(paths[index].content)
        (paths[index].directory, paths[index].content) = (nil, nil)
        let path = paths[index].path
        guard !isServedByProcess(path) else { return }
        var directory = Files.parentDirectory(path)
        while true {
            let opened = openInRoot(directory, O_DIRECTORY)
            if let opened {
                paths[index].directory = watch.add("/proc/self/fd/\(opened.number)", Self.inDirectory) {
                    [unowned self] _, _ in
                    look(index)
                    read()
                }
                break
            }
            guard directory != "/" else { return }
            directory = Files.parentDirectory(directory)
        }
        // After the watch, so that no change in between is missed.
        guard let place = openInRoot(path) else { return }
        var status = stat()
        guard fstat(place.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        let number = open("/proc/self/fd/\(place.number)", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { return }
        paths[index].file.follow(OwnedDescriptor(number)) { [startedAt, loop] status in
            // What was written before this run began was read in the run before, or belongs to the image.
            var wall = timespec()
            clock_gettime(CLOCK_REALTIME, &wall)
            let age = Int64(wall.tv_sec) * 1000 + Int64(wall.tv_nsec) / 1_000_000 - (loop.now - startedAt)
            return Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000 < age
        }
        paths[index].content = watch.add("/proc/self/fd/\(place.number)", UInt32(IN_MODIFY)) { [unowned self] _, _ in
            look(index)
            read()
        }
    }

    /// Only the place: to open a file means something to some of them.
    private func openInRoot(_ path: String, _ flags: Int32 = 0) -> OwnedDescriptor? {
        let number = pv_open_in_root(root.number, path, Int32(PV_PLACE_ONLY) | flags)
        return number < 0 ? nil : OwnedDescriptor(number)
    }

    /// Whether something on the way to it is mounted from a file system in user space.
    private func isServedByProcess(_ path: String) -> Bool {
        let lines = (Files.text("/proc/\(pid)/mountinfo") ?? "").split(separator: "\n")
        return lines.contains { line in
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { return false }
            let (mountPoint, type) = (fields[4], fields[dash + 1])
            return (type.hasPrefix("fuse") || type == "9p" || type.hasPrefix("nfs"))
                && (mountPoint == "/" || path.hasPrefix(mountPoint + "/"))
        }
    }

    /// A file is not lost by being read later, so a sender that is too fast is read as fast as it may be.
    private func read() {
        guard later == nil else { return }
        var hasMore = false
        for path in paths {
            guard !senders.mustWait(sender) else {
                hasMore = true
                break
            }
            if path.file.read() { hasMore = true }
        }
        senders.remember()
        guard hasMore else { return }
        later = loop.after(milliseconds: 200) { [unowned self] in
            later = nil
            read()
        }
    }

    /// The run is over: what it wrote last, and nothing is held any more.
    func end() {
        loop.forget(exit)
        loop.forget(later)
        for path in paths {
            watch.remove(path.directory)
            watch.remove(path.content)
            path.file.finish()
        }
        paths = []
    }

    /// The log server ends, and the run does not.
    func pause() {
        for path in paths { path.file.pause() }
    }
}
