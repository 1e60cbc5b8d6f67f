import Glibc
import PVControl

/// One executable, many tools: its own name says which, or its first argument.
let words = CommandLine.arguments
let program = words.first?.split(separator: "/").last.map(String.init) ?? "pantavisor"

switch (program, words.dropFirst().first) {
case ("pvcontrol", _): exit(await PVControl.main(Array(words.dropFirst())))
case (_, "pvcontrol"): exit(await PVControl.main(Array(words.dropFirst(2))))
case _:
    print("usage: pantavisor pvcontrol COMMAND")
    exit(2)
}
