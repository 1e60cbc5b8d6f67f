import Drivers
import Testing

/// What every container driver does.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ContainerConformance {
    @Test(.enabled(if: Sandbox.canRun, Sandbox.skipped)) func `the Linux drivers are covered`() {
        #expect(BenchKind.available == [.fake, .linux])
    }

    @Test(arguments: BenchKind.available) func `starting what runs changes nothing`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let driver = try bench.nextRuntime().containers
        let launch = try bench.launch("web", .stays)
        #expect(try await driver.inspect("web") == nil)
        let run = try await driver.start(launch)
        #expect(try await driver.start(launch) == run)
        #expect(try await driver.inspect("web") == run)
        #expect(try await driver.list() == ["web"])
        try await driver.stop("web", grace: .seconds(5))
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `a container halts when asked to`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let driver = try bench.nextRuntime().containers
        let run = try await driver.start(try bench.launch("web", .stays))
        try await driver.stop("web", grace: .seconds(5))
        #expect(await firstExit(of: driver) == ContainerExit(name: "web", run: run, code: 0, signal: nil))
        #expect(try await driver.inspect("web") == nil)
        #expect(try await driver.list() == [])
        try await driver.stop("web", grace: .seconds(5))
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `one that does not listen is killed`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let driver = try bench.nextRuntime().containers
        let run = try await driver.start(try bench.launch("web", .stubborn))
        try await driver.stop("web", grace: .milliseconds(100))
        #expect(await firstExit(of: driver) == ContainerExit(name: "web", run: run, code: nil, signal: 9))
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `an end by itself tells its code`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let driver = try bench.nextRuntime().containers
        let run = try await driver.start(try bench.launch("web", .exits(3)))
        bench.waitForEnd(of: "web")
        #expect(await firstExit(of: driver) == ContainerExit(name: "web", run: run, code: 3, signal: nil))
        try await driver.stop("web", grace: .zero)
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `the next runtime adopts what runs`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let launch = try bench.launch("web", .stays)
        let run = try await bench.nextRuntime().containers.start(launch)
        let next = try bench.nextRuntime().containers
        #expect(try await next.start(launch) == run)
        try await next.stop("web", grace: .seconds(5))
        #expect(await firstExit(of: next) == ContainerExit(name: "web", run: run, code: 0, signal: nil))
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `an end nobody saw is reported`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let run = try await bench.nextRuntime().containers.start(try bench.launch("web", .exits(4)))
        let next = try bench.nextRuntime().containers
        bench.waitForEnd(of: "web")
        #expect(try await next.inspect("web") == nil)
        #expect(await firstExit(of: next) == ContainerExit(name: "web", run: run, code: 4, signal: nil))
        try await next.stop("web", grace: .zero)
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `a start that fails leaves nothing`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let driver = try bench.nextRuntime().containers
        let launch = try bench.launch("web", .refuses)
        let error = await #expect(throws: DriverError.self) { try await driver.start(launch) }
        #expect(error?.operation == "StartContainer")
        #expect(error?.subject == "web")
        #expect(try await driver.list() == [])
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `a frozen container thaws and stops`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let driver = try bench.nextRuntime().containers
        let run = try await driver.start(try bench.launch("web", .stays))
        try await driver.freeze("web")
        try await driver.thaw("web")
        try await driver.freeze("web")
        #expect(try await driver.inspect("web") == run)
        try await driver.stop("web", grace: .seconds(5))
        let error = await #expect(throws: DriverError.self) { try await driver.freeze("web") }
        #expect(error == DriverError("FreezeContainer", "web", "it does not run"))
        try bench.tearDown()
    }

    @Test(arguments: BenchKind.available) func `no command runs in what does not run`(_ kind: BenchKind) async throws {
        let bench = try kind.make()
        let driver = try bench.nextRuntime().containers
        let error = await #expect(throws: DriverError.self) {
            _ = try await driver.exec(ExecRequest(arguments: ["true"]), in: "web")
        }
        #expect(error == DriverError("ExecInContainer", "web", "it does not run"))
        try bench.tearDown()
    }

    private func firstExit(of driver: any ContainerDriver) async -> ContainerExit? {
        var exits = driver.exits.makeAsyncIterator()
        return await exits.next()
    }
}
