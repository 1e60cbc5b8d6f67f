import CShims
import Drivers
import Glibc

/// The descriptor that the runtime finds the listening control socket at.
let inheritedControlSocket: Int32 = 3
/// The descriptor that it finds its heartbeat at, when its first argument says that there is one.
let inheritedHeartbeat: Int32 = 4
let heartbeatOption = "--heartbeat"

/// Starts this executable again with other arguments, a clean signal state, and some descriptors from number 3.
func spawnSelf(_ arguments: [String], passing descriptors: [Int32]) throws(DriverError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // Out of the way first, beyond all of them, so that none is overwritten in another's place.
    let firstSpare = max(inheritedControlSocket + Int32(descriptors.count), (descriptors.max() ?? 0) + 1)
    for (place, descriptor) in descriptors.enumerated() {
        posix_spawn_file_actions_adddup2(&actions, descriptor, firstSpare + Int32(place))
    }
    for place in descriptors.indices {
        let spare = firstSpare + Int32(place)
        posix_spawn_file_actions_adddup2(&actions, spare, inheritedControlSocket + Int32(place))
        posix_spawn_file_actions_addclose(&actions, spare)
    }
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
