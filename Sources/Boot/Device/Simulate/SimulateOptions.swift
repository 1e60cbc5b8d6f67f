import FakeDrivers

/// The command line of `pantavisor simulate`.
struct SimulateOptions {
    static let usage = """
        usage: pantavisor simulate REVISION [OPTION VALUE]…
          REVISION           state document, or a directory with state.json or .pvr/json
          --seed N           chooses order and latencies (1)
          --seeds A-B        a whole life with random faults and deaths for each seed; prints what must not be and was
          --updates 1        with --seeds: lives with good and bad updates, reboots and power cuts
          --fault FAULT      OPERATION[/SUBJECT][#COUNT]=fail[:ERRNO]|fail-after|die-before|die-after|cut-before|cut-after|slow:MS
          --container N=DO   what container N does: crash:TIMES, exit:CODE:MS, refuse, stubborn, ready, run
          --until SECONDS    stop at this virtual time (3600)
          --chaos 1          let drivers fail, stall and die at random for twenty seconds
          --serve SOCKET     show the result on a control socket until Ctrl-C
          --serve-as N=SOCKET  with --serve: also on this one, where whoever connects is container N
        """

    var revision = ""
    var seed: UInt64 = 1
    var seeds: ClosedRange<UInt64>?
    var livesWithUpdates = false
    var faults: [Fault] = []
    var scripts: [String: ContainerScript] = [:]
    var until = 3600
    var isChaotic = false
    var socket: String?
    /// A container, and the socket that is its own.
    var containerSocket: (container: String, path: String)?

    init(_ arguments: [String]) throws(SettingError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else {
                guard revision.isEmpty else { throw SettingError(place: argument, reason: "one revision at a time") }
                revision = argument
                continue
            }
            guard let value = rest.popFirst() else {
                throw SettingError(place: argument, reason: "needs a value\n\(Self.usage)")
            }
            try apply(argument, value)
        }
        guard !revision.isEmpty else { throw SettingError(place: "REVISION", reason: "is missing\n\(Self.usage)") }
    }

    private mutating func apply(_ option: String, _ value: String) throws(SettingError) {
        func refuse(_ allowed: String) -> SettingError {
            SettingError(place: option, reason: "\"\(value)\" is not \(allowed)")
        }
        switch option {
        case "--seed":
            guard let number = UInt64(value) else { throw refuse("a number") }
            seed = number
        case "--seeds":
            let ends = value.split(separator: "-").compactMap { UInt64($0) }
            guard ends.count == 2, ends[0] <= ends[1] else { throw refuse("a range like 0-1999") }
            seeds = ends[0]...ends[1]
        case "--fault":
            guard let fault = Fault(value) else { throw refuse("a fault like StartContainer/web#1=fail:12") }
            faults.append(fault)
        case "--container":
            let sides = value.split(separator: "=", maxSplits: 1).map(String.init)
            guard sides.count == 2, let script = ContainerScript(text: sides[1]) else {
                throw refuse("NAME=crash:TIMES, exit:CODE:MS, refuse, stubborn, ready or run")
            }
            scripts[sides[0]] = script
        case "--until":
            guard let seconds = Int(value), (1...31_536_000).contains(seconds) else { throw refuse("seconds") }
            until = seconds
        case "--updates": livesWithUpdates = value == "1"
        case "--chaos": isChaotic = value == "1"
        case "--serve": socket = value
        case "--serve-as":
            let sides = value.split(separator: "=", maxSplits: 1).map(String.init)
            guard sides.count == 2 else { throw refuse("CONTAINER=SOCKET") }
            containerSocket = (sides[0], sides[1])
        default: throw SettingError(place: option, reason: "unknown option\n\(Self.usage)")
        }
    }
}

extension ContainerScript {
    /// What a container does, as the command line says it.
    fileprivate init?(text: String) {
        let words = text.split(separator: ":").map(String.init)
        let numbers = words.dropFirst().compactMap { Int($0) }
        guard numbers.count == words.count - 1 else { return nil }
        switch (words.first, numbers.count) {
        case ("crash", 1): self = .crashes(times: numbers[0])
        case ("exit", 2): self = .exits(numbers[0], after: .milliseconds(numbers[1]))
        case ("refuse", 0): self = .refuses("the simulation was told so")
        case ("stubborn", 0): self = .stubborn
        case ("ready", 0): self = .ready
        case ("run", 0): self = ContainerScript()
        default: return nil
        }
    }
}
