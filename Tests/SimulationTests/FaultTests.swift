import FakeDrivers
import Testing

struct FaultTests {
    @Test(arguments: [
        ("StartContainer/web#1=fail:12", Fault("StartContainer", "web", count: 1, .verdict(.fails(errno: 12)))),
        ("Mount=slow:500", Fault("Mount", "*", .slow(.milliseconds(500)))),
        ("Mount//volumes/a/b=fail", Fault("Mount", "/volumes/a/b", .verdict(.fails(errno: 5)))),
        ("*#3=die-before", Fault("*", "*", count: 3, .verdict(.diesBefore))),
        ("WriteJournal/web=die-after", Fault("WriteJournal", "web", .verdict(.diesAfter))),
        ("Unmount=fail-after", Fault("Unmount", "*", .verdict(.failsAfterEffect(errno: 5)))),
    ])
    func `a fault is read from its text`(_ text: String, _ fault: Fault) {
        #expect(Fault(text) == fault)
    }

    @Test(arguments: ["", "Mount", "Mount=", "=fail", "Mount=explode", "Mount#0=fail", "Mount#x=fail", "Mount=slow"])
    func `other text is no fault`(_ text: String) {
        #expect(Fault(text) == nil)
    }

    @Test
    func `a fault concerns the calls it names`() {
        let call = FakeCall(operation: "Mount", subject: "/volumes/a/b", count: 2)
        #expect(Fault("*", "*", .slow(.zero)).concerns(call))
        #expect(Fault("Mount", "/volumes/a/b", count: 2, .slow(.zero)).concerns(call))
        #expect(!Fault("Mount", "/volumes/a/b", count: 1, .slow(.zero)).concerns(call))
        #expect(!Fault("Mount", "/volumes/a", .slow(.zero)).concerns(call))
        #expect(!Fault("Unmount", "*", .slow(.zero)).concerns(call))
    }
}
