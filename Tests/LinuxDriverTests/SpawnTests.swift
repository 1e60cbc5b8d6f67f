import Drivers
import Glibc
import Testing

@testable import LinuxDrivers

struct SpawnTests {
    /// The numbers of the first one are where others were once moved to on their way.
    @Test(arguments: [[200, 201], [201, 200], [900, 3]] as [[Int32]])
    func `a child's streams are the given ones, whatever their numbers`(numbers: [Int32]) async throws {
        let (output, errors) = (try OwnedDescriptor.pipe(), try OwnedDescriptor.pipe())
        let given = [output.writing, errors.writing].enumerated().map { index, end in
            // The next free number: others of this process may have the very one.
            OwnedDescriptor(fcntl(end.number, F_DUPFD_CLOEXEC, numbers[index]))
        }
        let child = try Spawn.start(
            Spawn.Request(
                executable: "/bin/sh", arguments: ["-c", "echo out; echo error >&2"],
                descriptors: [nil, given[0], given[1]]))
        child.process.waitUntilReadable(milliseconds: 10_000)
        #expect(Spawn.reap(child) == 0)
        #expect(text(output.reading) == "out\n")
        #expect(text(errors.reading) == "error\n")
        withExtendedLifetime((output, errors, given)) {}
    }

    private func text(_ reading: OwnedDescriptor) -> String {
        guard reading.waitUntilReadable(milliseconds: 5000) else { return "" }
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = read(reading.number, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}
