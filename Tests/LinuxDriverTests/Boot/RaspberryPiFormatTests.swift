import Drivers
import Testing

@testable import LinuxDrivers

@Suite struct RaspberryPiFormatTests {
    @Test func `autoboot.txt is changed round in the place it has`() throws {
        let text =
            "# ours\n[all]\ntryboot_a_b=1\nboot_partition=2\n[pi3]\nboot_partition=9\n[tryboot]\nboot_partition=3\n"
        let autoboot = try #require(Autoboot(Array(text.utf8)))
        #expect([autoboot.normal, autoboot.trying] == [2, 3])
        let swapped = text.replacing("=2", with: "=x").replacing("=3", with: "=2").replacing("=x", with: "=3")
        #expect(autoboot.swapped == Array(swapped.utf8))
        #expect(Autoboot(autoboot.swapped)?.swapped == Array(text.utf8))
    }

    @Test(arguments: [
        "", "[all]\nboot_partition=2\n", "[tryboot]\nboot_partition=3\n",
        "[all]\nboot_partition=\n[tryboot]\nboot_partition=3",
    ])
    func `one that does not name both partitions is damaged`(_ text: String) {
        #expect(Autoboot(Array(text.utf8)) == nil)
    }

    @Test func `the revisions of a partition are a list in 255 bytes`() {
        var revisions = PartitionRevisions(text: Array("35, 36,locals/x\r\n\n\0".utf8))
        #expect(revisions.all == ["35", "36", "locals/x"])
        revisions.add("35")
        #expect(String(decoding: revisions.bytes, as: UTF8.self).hasPrefix("36,locals/x,35\n\n"))
        #expect(revisions.bytes.count == 255)
        for number in 0..<40 { revisions.add("locals/long-name-\(number)", keeping: "36") }
        #expect(revisions.bytes.count == 255)
        #expect(revisions.all.first == "36" && revisions.all.last == "locals/long-name-39")
    }

    /// What is stored, and the lists of the partitions that are booted normally and to try.
    private static let records: [(BootState, [String]?, [String]?, BootState)] = [
        (.factory, nil, nil, .factory),
        (BootState(revision: "4", tryRevision: "5"), ["4"], ["5"], BootState(revision: "4", tryRevision: "5")),
        // The power went after the partitions were changed round.
        (BootState(revision: "4", tryRevision: "5"), ["5"], ["4"], BootState(revision: "5")),
        (BootState(revision: "4"), ["5"], ["4"], BootState(revision: "5")),
        // Without a reboot in between.
        (BootState(revision: "6", tryRevision: "7"), ["4", "6"], ["7"], BootState(revision: "6", tryRevision: "7")),
        (BootState(revision: "4", tryRevision: "5"), [], ["5"], BootState(revision: "4", tryRevision: "5")),
    ]

    @Test(arguments: records) func `the partition that is booted decides`(
        _ record: (stored: BootState, normal: [String]?, trying: [String]?, state: BootState)
    ) {
        let found = RaspberryPiRecord(
            stored: record.stored, normal: record.normal.map { PartitionRevisions($0) },
            trying: record.trying.map { PartitionRevisions($0) })
        #expect(found.state == record.state)
    }
}
