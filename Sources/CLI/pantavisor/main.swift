import Boot
import Glibc
import PVControl

/// One executable, many tools: its own name says which, or its first argument.
let words = CommandLine.arguments
let program = words.first?.split(separator: "/").last.map(String.init) ?? "pantavisor"

switch (program, words.dropFirst().first) {
case ("pvcontrol", _): exit(await PVControl.main(Array(words.dropFirst())))
case (_, "pvcontrol"): exit(await PVControl.main(Array(words.dropFirst(2))))
case (_, let name?):
    if let command = BootCommand(rawValue: name) { exit(command.main(Array(words.dropFirst(2)))) }
    if ["--version", "version"].contains(name) {
        print(BootCommand.version)
        exit(0)
    }
    print(BootCommand.usage)
    exit(["--help", "-h", "help"].contains(name) ? 0 : 2)
case (_, nil):
    print(BootCommand.usage)
    exit(2)
}
