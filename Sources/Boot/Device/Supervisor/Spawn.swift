import CShims
import Drivers
import Glibc

/// The descriptor that the runtime finds the listening control socket at.
let inheritedControlSocket: Int32 = 3

/// Starts this executable again with other arguments, a clean signal state, and one descriptor as number 3.
func spawnSelf(_ arguments: [String], passing descriptor: Int32) throws(DriverError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, descriptor, inheritedControlSocket)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    // A group of its own: the terminal's Ctrl-C is for the supervisor, which tells the runtime.
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    words.append(nil)
    defer { words.forEach { free($0) } }
    var pid: pid_t = 0
    let result = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, words, pv_environment())
    guard result == 0 else {
        throw DriverError("StartRuntime", "/proc/self/exe", errno: result, String(cString: strerror(result)))
    }
    return pid
}
