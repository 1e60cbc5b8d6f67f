import Drivers
import FakeDrivers
import Testing

/// What loaders decide.
@Suite struct LoaderModelTests {
    private let trying = BootState(revision: "4", tryRevision: "5", rebootArgument: "0 tryboot")

    /// The revisions of so many boots that nobody interferes with.
    private func boots(_ kind: LoaderModel.Kind, _ count: Int, without missing: Set<String> = []) -> [String?] {
        var loader = LoaderModel(kind)
        return (0..<count).map { _ in loader.boot(trying) { !missing.contains($0) } }
    }

    @Test func `U-Boot and GRUB try once, come back, and only then would try again`() {
        #expect(boots(.remembers, 4) == ["5", "4", "5", "4"])
    }

    @Test func `systemd-boot tries once`() {
        #expect(boots(.counts, 4) == ["5", "4", "4", "4"])
    }

    @Test func `a Raspberry Pi tries only what it is asked to`() {
        #expect(boots(.obeys, 2) == ["4", "4"])
        var loader = LoaderModel(.obeys)
        #expect(loader.boot(trying, argument: "0 tryboot") == "5")
        #expect(loader.boot(trying) == "4")
    }

    @Test(arguments: LoaderModel.Kind.allCases)
    func `without the kernel of what is tried the old one is booted at once`(_ kind: LoaderModel.Kind) {
        var loader = LoaderModel(kind)
        #expect(loader.boot(trying, argument: "0 tryboot") { $0 != "5" } == "4")
        #expect(loader.boot(trying, argument: "0 tryboot") { $0 != "5" } == "4")
    }

    @Test(arguments: LoaderModel.Kind.allCases)
    func `with no kernel at all nothing is booted`(_ kind: LoaderModel.Kind) {
        var loader = LoaderModel(kind)
        #expect(loader.boot(trying, argument: "0 tryboot") { _ in false } == nil)
    }

    @Test func `what was tried and became good does not spoil a later try`() {
        var loader = LoaderModel()
        #expect(loader.boot(trying) == "5")
        #expect(loader.boot(BootState(revision: "5")) == "5")
        #expect(loader == LoaderModel())
        #expect(loader.boot(trying) == "5")
    }

    @Test func `a loader of upstream's that forgot nothing comes back without a try`() {
        var loader = LoaderModel(.remembers, trying: "5")
        #expect(loader.boot(trying) == "4")
    }
}
