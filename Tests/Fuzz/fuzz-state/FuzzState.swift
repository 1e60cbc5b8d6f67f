import FuzzSupport
import JSON
import StateFormat

/// Feeds libFuzzer's bytes to the parser of revisions, and checks what must hold for every input.
///
/// A revision comes from outside: whatever it holds, reading it ends in a document or in problems, never in a trap.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzState(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = Array(UnsafeBufferPointer(start: start, count: count))
    do throws(InvalidState) {
        let document = try StateDocument(parsing: text)
        check(document)
    } catch {
        precondition(!error.problems.isEmpty, "a revision is refused without a reason")
        precondition(!error.description.utf8.contains(0), "a reason holds a NUL")
    }
    return 0
}

/// What is valid stays valid and means the same when it is written and read again.
private func check(_ document: StateDocument) {
    let expansion = document.expansion(of: "locals/fuzz")
    precondition(expansion.groups.count == document.groups.count)
    precondition(expansion.containers.count == document.containers.count, "a container has no group")
    for write in [{ $0.compactBytes() }, { $0.prettyBytes() }] as [(JSONValue) -> [UInt8]] {
        guard let again = try? StateDocument(parsing: write(document.json)) else {
            // The error's text would not help: the input is in the crash file.
            preconditionFailure("what was written cannot be read")
        }
        precondition(again == document, "what was written reads differently")
        precondition(again.expansion(of: "locals/fuzz") == expansion)
    }
    for path in document.files.keys {
        precondition(!path.isEmpty && path.utf8.first != UInt8(ascii: "/"))
        precondition(
            path.unicodeScalars.split(separator: "/").allSatisfy { $0.elementsEqual("..".unicodeScalars) == false })
    }
}

@_cdecl("LLVMFuzzerCustomMutator")
package func change(_ data: UnsafeMutablePointer<UInt8>?, _ count: Int, _ capacity: Int, _ seed: CUnsignedInt) -> Int {
    mutate(data, count, capacity, seed, documentAt: 0)
}

/// The package manager starts an executable at a function of this name, where libFuzzer expects to bring its own.
@_cdecl("fuzz_state_main")
package func main(
    _ argumentCount: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
    runFuzzer(argumentCount, arguments, fuzzState)
}
