import LogServer
import Testing

struct MessageTests {
    @Test(arguments: [
        ("<34>Oct 11 22:14:15 mymachine su[230]: failed", LogRecord(.error, "su", "failed")),
        ("<13>Oct 11 22:14:15 root: plain busybox", LogRecord(.info, "root", "plain busybox")),
        ("<15>my.app[12]: no time", LogRecord(.debug, "my.app", "no time")),
        ("<14>no tag at all", LogRecord(.info, "unknown-app", "no tag at all")),
        ("<14>connected to 10.0.0.1:80 now", LogRecord(.info, "unknown-app", "connected to 10.0.0.1:80 now")),
        ("<0>a: worst", LogRecord(.fatal, "a", "worst")),
        ("<1234>too many digits", LogRecord(.info, "unknown-app", "<1234>too many digits")),
        ("<12", LogRecord(.info, "unknown-app", "<12")),
        (
            "<165>1 2003-10-11T22:14:15.003Z host evntslog 99 ID47 [a b=\"x]\\\"y\"][c] An entry",
            LogRecord(.info, "evntslog", "An entry")
        ),
        ("<28>1 - - - - - - \u{feff}bare", LogRecord(.warning, "unknown-app", "bare")),
        ("<28>1 - - app", LogRecord(.warning, "app", "")),
        (
            #"{"version":"0","level":1,"src":"db","message":"two\nlines"}"#, LogRecord(.error, "db", "two\nlines")
        ),
        (#"{"level":"warn","src":"../etc/x","message":"m"}"#, LogRecord(.warning, "_._etc_x", "m")),
        (#"{"no":"message"}"#, LogRecord(.info, "unknown-app", #"{"no":"message"}"#)),
        (
            #"level=4 src=web message="said \"hi\"" x=1"#, LogRecord(.debug, "web", #"said "hi""#)
        ),
        ("level=0 message=short", LogRecord(.fatal, "unknown-app", "short")),
        ("log in: nobody", LogRecord(.info, "unknown-app", "log in: nobody")),
    ])
    func `each form is read, and what is none is text`(message: String, expected: LogRecord) {
        #expect(MessageParser.parse(Array(message.utf8)[...]) == expected)
    }

    @Test func `the platform in a binary frame is not believed`() {
        let record = MessageParser.parse(binary: Array("1\u{0}other\u{0}app\u{0}text\n".utf8)[...])
        #expect(record == LogRecord(.error, "app", "text"))
        #expect(MessageParser.parse(binary: Array("1\u{0}other\u{0}app".utf8)[...]) == nil)
    }

    @Test(arguments: [
        ("syslog", "syslog"), ("a/b/../c", "a_b_.._c"), ("..", "_."), (".hidden", "_hidden"), ("", "unknown-app"),
        ("lxc", "lxc_"), ("pv-log", "pv-log_"), ("messages.1.gz", "messages.1.gz_"), ("app.2", "app.2_"),
        ("v1.x", "v1.x"), ("naïve app", "na__ve_app"),
        (String(repeating: "x", count: 200), String(repeating: "x", count: 64)),
    ])
    func `a source becomes one harmless file name`(raw: String, name: String) {
        #expect(SourceName.clean(raw.utf8) == name)
    }

    @Test(arguments: [
        ("/var/log/syslog", "var/log/syslog"), ("/../../etc/passwd", "_./_./etc/passwd"), ("/", "unknown-app"),
        ("/lxc/console.log", "lxc/console.log_"), ("/var/log/app.1", "var/log/app.1_"),
    ])
    func `a followed file keeps its path below the container's logs`(path: String, name: String) {
        #expect(SourceName.clean(path: path) == name)
    }

    @Test func `a descriptor's request is read whatever platform it claims`() {
        var bytes = [UInt8](repeating: 0, count: 108)
        bytes.replaceSubrange(0..<5, with: "other".utf8)
        bytes.replaceSubrange(50..<56, with: "stdout".utf8)
        bytes[100] = 2
        bytes[104] = 1
        #expect(DescriptorRequest(bytes[...]) == DescriptorRequest(source: "stdout", level: .warning, begins: true))
        bytes[104] = 7
        #expect(DescriptorRequest(bytes[...]) == nil)
        #expect(DescriptorRequest(bytes.dropLast()[...]) == nil)
    }

    @Test func `lines of the runtime's log are read back`() {
        let line = "[pantavisor] 12 WARN\t -- [engine]: limit not supported here line=x"
        #expect(
            OwnLogLine.parse(Array(line.utf8)[...]) == LogRecord(.warning, "engine", "limit not supported here line=x"))
        #expect(OwnLogLine.parse(Array("else".utf8)[...]) == LogRecord(.info, "pantavisor.log", "else"))
    }
}

extension LogRecord {
    init(_ level: LogLevel, _ source: String, _ text: String) {
        self.init(level: level, source: source, text: Array(text.utf8))
    }
}

struct KernelRecordTests {
    @Test func `a record of the kernel is printed as dmesg does`() throws {
        let record = try #require(
            KernelRecord.parse(Array("3,1234,5000042,-,caller=T1;usb 1-1: gone\n SUBSYSTEM=usb\n".utf8)[...]))
        #expect(record.number == 1234)
        #expect(record.record == LogRecord(.error, "dmesg", "[5.000042] usb 1-1: gone"))
        #expect(KernelRecord.parse(Array("nonsense".utf8)[...]) == nil)
    }
}
