import Boot
import Glibc
import PVControl

/// One executable, many tools: its own name says which, or its first argument.
let words = CommandLine.arguments
let program = words.first?.split(separator: "/").last.map(String.init) ?? "pantavisor"

switch (program, words.dropFirst().first) {
case ("pv-log", _): exit(BootCommand.logServer.main(Array(words.dropFirst())))
case ("pvcontrol", _): exit(await PVControl.main(Array(words.dropFirst())))
case (_, "pvcontrol"): exit(await PVControl.main(Array(words.dropFirst(2))))
case (_, "--version"): print(BootCommand.version)
case (_, "help"), (_, "--help"): print(BootCommand.usage)
case (_, let word):
    if let command = word.flatMap(BootCommand.init(rawValue:)) { exit(command.main(Array(words.dropFirst(2)))) }
    // The kernel chooses the name, and passes on what it did not understand of its command line.
    if getpid() == 1 { exit(BootCommand.embedded.main([])) }
    print(BootCommand.usage)
    exit(2)
}
