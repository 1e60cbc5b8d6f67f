import CShims
import Drivers
import Glibc

/// Starts programs: with every signal at its default and unblocked, and only the descriptors that are given.
enum Spawn {
    struct Request {
        var executable: String
        var arguments: [String]
        var environment: [String] = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        var workingDirectory: String?
        /// The child's descriptors, from 0; nil = /dev/null.
        var descriptors: [OwnedDescriptor?]
    }

    /// A child: its number, and a descriptor that becomes readable when it ends.
    ///
    /// It must be reaped.
    struct Child: Sendable {
        var pid: pid_t
        var process: OwnedDescriptor
    }

    static func start(_ request: Request) throws(DriverError) -> Child {
        var pid: pid_t = 0
        let descriptors = request.descriptors.map { $0?.number ?? -1 }
        let result = withCStrings([request.executable] + request.arguments) { arguments in
            withCStrings(request.environment) { environment in
                pv_spawn(
                    &pid, request.executable, arguments, environment, request.workingDirectory, descriptors,
                    Int32(descriptors.count))
            }
        }
        withExtendedLifetime(request) {}
        guard result == 0 else {
            throw DriverError("Spawn", request.executable, errno: result, String(cString: strerror(result)))
        }
        // Not reaped yet, so the number is still the child's.
        guard let process = OwnedDescriptor.process(Int(pid)) else { throw .ofSystem("Spawn", request.executable) }
        return Child(pid: pid, process: process)
    }

    /// Collects a child that has ended: exit code, or the signal negated; nil when somebody else did.
    static func reap(_ child: Child) -> Int? {
        var outcome: Int32 = 0
        return pv_reap_pidfd(child.process.number, &outcome) == 0 ? Int(outcome) : nil
    }
}

/// Gives C a NULL-terminated array of strings for the time of a call.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    pointers.append(nil)
    defer { pointers.forEach { free($0) } }
    return body(&pointers)
}
