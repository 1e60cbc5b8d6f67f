import Glibc

// What the program measures itself. hack/bench.sh calls it, and adds what is measured from outside.
let usage = """
    usage: pv-bench core
           pv-bench load NAME SOCKET PATH CONNECTIONS SECONDS [AT-LEAST]
           pv-bench watch NAME SOCKET PATH WATCHERS SECONDS
           pv-bench log NAME DIRECTORY CONTAINER SECONDS [AT-LEAST]
           pv-bench calm NAME SOCKET PATH SECONDS [AT-MOST]
           pv-bench attack KIND SOCKET PATH CONNECTIONS SECONDS
      core  store, watches and engine
      load  GET requests on CONNECTIONS that are kept alive; AT-LEAST per second is the budget
      watch changes of one resource, until all WATCHERS have been told of each
      log   messages of a CONTAINER to the log server with that DIRECTORY
      calm  a GET request every two milliseconds; the slowest hundredth AT-MOST so many microseconds is the budget
      attack  what a client should not do: \(Attack.Kind.allCases.map(\.rawValue).joined(separator: ", "))

    """

func fail(_ text: String) -> Never {
    // Nothing is left to do when even this cannot be written.
    _ = write(STDERR_FILENO, text, text.utf8.count)
    exit(2)
}

let words = Array(CommandLine.arguments.dropFirst())
do {
    switch words.first {
    case "core" where words.count == 1:
        try await StoreBench.run()
        try EngineBench.run()
    case "load" where words.count == 6 || words.count == 7:
        guard let connections = Int(words[4]), connections > 0, let seconds = Int(words[5]), seconds > 0 else {
            fail(usage)
        }
        let load = LoadBench(
            socket: words[2], path: words[3], connections: connections, duration: .seconds(seconds))
        try load.run(as: words[1], budget: words.count == 7 ? Double(words[6]).map { .atLeast($0) } : nil)
    case "watch" where words.count == 6:
        guard let watchers = Int(words[4]), watchers > 0, let seconds = Int(words[5]), seconds > 0 else { fail(usage) }
        let watch = WatchBench(socket: words[2], path: words[3], watchers: watchers, duration: .seconds(seconds))
        try watch.run(as: words[1])
    case "log" where words.count == 5 || words.count == 6:
        guard let seconds = Int(words[4]), seconds > 0 else { fail(usage) }
        let bench = LogBench(container: words[3], directory: words[2], duration: .seconds(seconds))
        try bench.run(as: words[1], budget: words.count == 6 ? Double(words[5]).map { .atLeast($0) } : nil)
    case "calm" where words.count == 5 || words.count == 6:
        guard let seconds = Int(words[4]), seconds > 0 else { fail(usage) }
        var load = LoadBench(socket: words[2], path: words[3], connections: 1, duration: .seconds(seconds))
        load.pause = .milliseconds(2)
        let budget = words.count == 6 ? Double(words[5]).map { Budget.atMost($0) } : nil
        try load.run(as: words[1], budget: nil, p99: budget)
    case "attack" where words.count == 6:
        guard let kind = Attack.Kind(rawValue: words[1]), let connections = Int(words[4]), connections > 0,
            let seconds = Int(words[5]), seconds > 0
        else { fail(usage) }
        let attack = Attack(
            kind: kind, socket: words[2], resource: words[3], connections: connections, duration: .seconds(seconds))
        try attack.run()
    default: fail(usage)
    }
} catch {
    fail("pv-bench: \(error)\n")
}
