import CShims
package import Drivers
import Glibc

/// A file descriptor that is closed when its last owner lets go of it.
package final class OwnedDescriptor: Sendable {
    package let number: Int32

    package init(_ number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }

    /// Opens a path; the descriptor is never inherited.
    package static func open(
        _ path: String, _ flags: Int32, mode: UInt32 = 0o600, for operation: String
    ) throws(DriverError) -> OwnedDescriptor {
        let number = retrying { Glibc.open(path, flags | O_CLOEXEC, mode) }
        guard number >= 0 else { throw .ofSystem(operation, path) }
        return OwnedDescriptor(number)
    }

    /// A pipe: what is written to the second can be read from the first.
    package static func pipe() throws(DriverError) -> (reading: OwnedDescriptor, writing: OwnedDescriptor) {
        var ends: [Int32] = [-1, -1]
        guard pv_pipe_cloexec(&ends) == 0 else { throw .ofSystem("OpenPipe", "pipe") }
        return (OwnedDescriptor(ends[0]), OwnedDescriptor(ends[1]))
    }

    /// A descriptor of a process, or nil when there is none of that number.
    package static func process(_ pid: Int) -> OwnedDescriptor? {
        let number = pv_pidfd_open(pid_t(pid))
        return number < 0 ? nil : OwnedDescriptor(number)
    }

    /// Another number for the same open file.
    func duplicate() throws(DriverError) -> OwnedDescriptor {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw .ofSystem("Duplicate", "descriptor \(number)") }
        return OwnedDescriptor(copy)
    }

    package func makeNonBlocking() {
        _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
    }

    /// Whether there is something to read, now or soon; of a process: whether it has ended.
    ///
    /// Blocks.
    @discardableResult
    package func waitUntilReadable(milliseconds: Int32) -> Bool {
        var request = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        return retrying { poll(&request, 1, milliseconds) } > 0
    }
}

/// Repeats a system call that a signal interrupted.
func retrying(_ call: () -> Int32) -> Int32 {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}

extension DriverError {
    /// An error of the system call that has just failed.
    package static func ofSystem(_ operation: String, _ subject: String, _ detail: String? = nil) -> DriverError {
        let number = Glibc.errno
        let cause = String(cString: strerror(number))
        return DriverError(operation, subject, errno: number, detail.map { "\($0): \(cause)" } ?? cause)
    }
}
