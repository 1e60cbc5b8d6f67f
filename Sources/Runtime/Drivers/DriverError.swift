/// An effect that failed: which, on what, the kernel's error if there was one, and what to know about it.
package struct DriverError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried, in one CamelCase word, as `Mount` or `StartContainer`.
    ///
    /// Becomes the reason of the condition.
    package let operation: String
    /// What it was tried on: a path or a name.
    package let subject: String
    /// The kernel's error number, or nil when the failure was not a system call's.
    package let errno: Int32?
    /// The cause in words and, where there is one, the remedy.
    package let detail: String

    package init(_ operation: String, _ subject: String, errno: Int32? = nil, _ detail: String) {
        self.operation = operation
        self.subject = subject
        self.errno = errno
        self.detail = detail
    }

    package var description: String {
        "\(operation) \(subject): \(detail)" + (errno.map { " (errno \($0))" } ?? "")
    }
}
