import LogServer
import Testing

struct LimitTests {
    @Test func `a bucket gives at once what it holds, and then so many a second`() {
        var bucket = TokenBucket(perSecond: 10, capacity: 5, at: 1000)
        let times: [Int64] = [1000, 1000, 1000, 1000, 1000, 1000, 1099, 1100, 1150, 1200, 500]
        let taken = times.map { bucket.take(at: $0) }
        #expect(taken == [true, true, true, true, true, false, false, true, false, true, false])
        var free = TokenBucket(perSecond: 0, capacity: 0, at: 0)
        let isFree = free.take(1_000_000, at: 0)
        #expect(isFree)
    }

    @Test func `dropped messages keep their numbers, and one gap tells of them`() {
        var intake = Intake(Intake.Limits(messagesPerSecond: 1), at: 0)
        let numbers = (0..<6).map { _ in intake.admit(10, at: 0) }
        #expect(numbers == [1, 2, 3, 4, nil, nil])
        let gap = Intake.Gap(first: 5, last: 6, count: 2, reason: .rate, total: 2)
        let told = intake.takeGap(at: 0)
        #expect(told == gap)
        #expect(gap.text == "dropped 2 messages, numbers 5 to 6, which came faster than allowed; 2 dropped so far")
        #expect(intake.admit(10, at: 0) == nil)
        #expect(intake.takeGap(at: 999) == nil)
        #expect(intake.admit(10, at: 1000) == 8)
        intake.lose(8, .disk)
        #expect(intake.takeGap(at: 1000) == Intake.Gap(first: 7, last: 8, count: 2, reason: .disk, total: 4))
        #expect(intake.takeGap(at: 5000) == nil)
        #expect([intake.received, intake.dropped] == [8, 4])
    }

    @Test func `a gap that could not be told of is told of with the next`() {
        var intake = Intake(Intake.Limits(), received: 10, dropped: 1, at: 0)
        intake.refuse()
        guard let gap = intake.takeGap(at: 0) else { return #expect(Bool(false), "no gap") }
        intake.keep(gap)
        #expect(intake.takeGap(at: 1) == Intake.Gap(first: 11, last: 11, count: 1, reason: .damaged, total: 2))
        intake.keep(gap)
        intake.refuse()
        #expect(intake.takeGap(at: 2000)?.count == 2)
    }

    @Test func `more bytes than allowed are dropped, too`() {
        var intake = Intake(Intake.Limits(bytesPerSecond: 10_000), at: 0)
        let numbers = (0..<4).map { _ in intake.admit(15_000, at: 0) }
        #expect(numbers == [1, 2, nil, nil])
        #expect(intake.admit(100, at: 0) == 5)
    }

    @Test func `a sender has so many sources, and one for all others`() {
        var intake = Intake(Intake.Limits(sources: 2), at: 0)
        let files = ["a", "b", "c", "a"].map { intake.file(for: $0) }
        #expect(files == ["a", "b", "others", "a"])
        intake.forgetSources()
        #expect(intake.file(for: "c") == "c")
    }
}

struct OutputTests {
    private let message = LogMessage(
        platform: "web", record: LogRecord(.warning, "app", "say \"hi\"\n\u{1}ü"), number: 7, seconds: 5, nanoseconds: 9
    )

    @Test func `each output has its own line`() {
        #expect(String(decoding: message.treeLine(timestamp: nil), as: UTF8.self) == "say \"hi\"\n\u{1}ü\n")
        #expect(String(decoding: message.treeLine(timestamp: "T"), as: UTF8.self) == "T say \"hi\"\n\u{1}ü\n")
        #expect(
            String(decoding: message.jsonLine(timestamp: nil), as: UTF8.self)
                == #"{"tsec":5,"tnano":9,"platform":"web","lvl":"WARN","src":"app","seq":7,"msg":"say \"hi\"\n\u0001ü"}"#
                + "\n")
        #expect(
            String(decoding: message.printedLine(timestamp: nil), as: UTF8.self)
                == "[web] 5 WARN\t -- [app]: say \"hi\"  ü\n")
    }

    @Test func `bytes that are no text become replacement characters in JSON`() {
        var message = message
        message.record.text = [0x61, 0xff, 0x62]
        message.number = nil
        #expect(
            String(decoding: message.jsonLine(timestamp: "now"), as: UTF8.self)
                == "{\"ts\":\"now\",\"platform\":\"web\",\"lvl\":\"WARN\",\"src\":\"app\",\"msg\":\"a\u{fffd}b\"}\n")
    }

    @Test func `outputs are chosen by name`() {
        let outputs = LogOutputs(text: "filetree, stdout.containers")
        #expect(outputs == LogOutputs([.filetree, .stdoutContainers]))
        #expect(["web", "pantavisor"].map { outputs?.prints($0) } == [true, false])
        #expect(LogOutputs(text: "stdout")?.prints("pantavisor") == true)
        #expect(LogOutputs(text: "nullsink")?.copies == false)
        #expect(LogOutputs(text: "filetree,file") == nil)
    }

    @Test func `times have the formats that upstream names`() {
        #expect(TimestampFormat("strftime:%H:%M")?.format == "%H:%M")
        #expect(TimestampFormat("golang:RFC822Z")?.format == "%d %b %y %H:%M %z")
        #expect(["", "strftime:", "rfc3339"].map { TimestampFormat($0) } == [nil, nil, nil])
    }

    @Test func `a briefing is read as it was written, and nothing that leads out of the log directory`() throws {
        let briefing = LogBriefing(
            revision: "locals/a", attempt: .init(revision: "7", isOver: true),
            containers: [.init(name: "web", pid: 5, startedAt: 10, logs: ["/x", "/var/log/syslog"])])
        #expect(LogBriefing(briefing.document) == briefing)
        #expect(briefing.containers[0].followedFiles == ["/var/log/syslog", "/var/log/messages", "/x"])
        #expect(LogBriefing(LogBriefing(revision: "../x").document) == nil)
        let bad = LogBriefing(revision: "1", containers: [.init(name: "a/b", pid: 1, startedAt: 1, logs: [])])
        #expect(LogBriefing(bad.document) == LogBriefing(revision: "1"))
    }
}
