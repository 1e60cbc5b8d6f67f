import Glibc

/// Another program: an archiver, an editor.
enum Program {
    /// Runs it to its end, on our terminal or with its output in a file; the exit code, as a shell says it.
    static func run(_ words: [String], output file: String? = nil) throws(CommandError) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let file { posix_spawn_file_actions_addopen(&actions, 1, file, O_WRONLY | O_CREAT | O_TRUNC, 0o600) }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let result = posix_spawnp(&pid, words[0], &actions, nil, &arguments, environ)
        guard result == 0 else { throw .failed("cannot run \(words[0]): \(String(cString: strerror(result)))") }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { throw .failed("lost \(words[0]): \(String(cString: strerror(errno)))") }
        }
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }
}

/// A directory of our own, which goes with us unless it is to be kept.
final class TemporaryDirectory {
    let path: String
    private var isKept = false

    init(_ environment: Environment) throws(CommandError) {
        var template = Array("\(environment.nonEmpty("TMPDIR") ?? "/tmp")/pvcontrol-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw .failed("cannot make a temporary directory: \(String(cString: strerror(errno)))")
        }
        path = String(cString: made)
    }

    func keep() { isKept = true }

    deinit {
        guard !isKept else { return }
        do throws(CommandError) {
            let code = try Program.run(["rm", "-rf", path])
            if code != 0 { Self.report("rm ended with \(code): remove \(path) yourself") }
        } catch {
            Self.report("\(error.text ?? ""): remove \(path) yourself")
        }
    }

    private static func report(_ text: String) {
        let line = Array("\(text)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}
