import Glibc

/// The release of the kernel that runs, as `uname -r` says it.
package func kernelRelease() -> String {
    var system = utsname()
    uname(&system)
    return withUnsafeBytes(of: &system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
