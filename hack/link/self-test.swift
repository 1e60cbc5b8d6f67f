// What a program can find out about itself only while it runs: the linker must leave what that needs.
// hack/link/self-test.sh builds it with and without hack/link/ld and compares what it prints.

import Dispatch
import Synchronization

protocol Shape { var area: Double { get } }
protocol Named {}
extension Named { static var label: String { "\(Self.self)" } }

// Nothing but a cast asks for these conformances.
struct Square: Shape {
    var side: Double
    var area: Double { side * side }
}
struct Box<Content>: CustomStringConvertible {
    var content: Content
    var description: String { "Box(\(content))" }
}
extension Box: Shape where Content == Int { var area: Double { Double(content) } }
extension Square: Named {}
enum Colour: String, CaseIterable, Codable, Hashable { case red, green = "verde", blue }
protocol Holder<Held> {
    associatedtype Held
    var held: Held { get }
}
struct Pocket<Held>: Holder, CustomStringConvertible {
    var held: Held
    var description: String { "Pocket(\(held))" }
}
private struct Secret: Hashable, Comparable, CustomDebugStringConvertible {
    var word: String
    var debugDescription: String { "***" }
    static func < (left: Secret, right: Secret) -> Bool { left.word < right.word }
}
enum Answer { case nothing, some(Int, label: String), nested(Colour) }
enum Failure: Error { case broken(String) }

class Animal {
    func sound() -> String { "…" }
}
final class Dog: Animal, Shape {
    var area: Double { 0.5 }
    override func sound() -> String { "wau" }
}

func describe(_ value: Any) -> String {
    let area = (value as? any Shape).map { "area \($0.area)" } ?? "no shape"
    let name = (value as? any Named).map { type(of: $0).label } ?? "no name"
    let text = (value as? any CustomStringConvertible).map(\.description) ?? "no text"
    let hash = (value as? AnyHashable).map { $0 == AnyHashable(Colour.red) } ?? false
    return "\(type(of: value)): \(area), \(name), \(text), \(hash)"
}

func reflect(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    return "\(mirror.displayStyle.map { "\($0)" } ?? "–") "
        + mirror.children.map { "\($0.label ?? "_")=\($0.value)" }.joined(separator: " ")
}

struct Recorder: Encoder {
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> { fatalError("not used") }
    func unkeyedContainer() -> any UnkeyedEncodingContainer { fatalError("not used") }
    func singleValueContainer() -> any SingleValueEncodingContainer { Values() }
}
struct Values: SingleValueEncodingContainer {
    var codingPath: [any CodingKey] { [] }
    mutating func encodeNil() { print("nil") }
    mutating func encode<T: Encodable>(_ value: T) throws { print("encoded \(value) of \(T.self)") }
}

actor Counter {
    private(set) var count = 0
    func add(_ number: Int) { count += number }
}

func values() {
    let all: [Any] = [
        Square(side: 3), Box(content: 4), Box(content: "four"), Dog(), Colour.red, Answer.some(1, label: "one"), 1,
        -2.5,
        Float(1) / 3, UInt128.max, Int8.min, "text", "text".dropFirst(), Character("é"), [1, 2], ["a": 1], Set([7]),
        1...3,
        Optional(5) as Any, (1, "two"), Square.self, Failure.broken("x"), Duration.milliseconds(1500),
        Result<Int, Failure>.success(2),
    ]
    for value in all {
        print(describe(value))
        print("  \(value)", String(reflecting: value), reflect(value))
    }
}

func texts() {
    print(
        Colour.allCases.map(\.rawValue), Colour(rawValue: "verde") as Any, "\(Colour.green)", "\(Answer.nested(.blue))")
    print("e\u{301}" == "é", "ÀÉ".lowercased(), "straße".uppercased(), "🇩🇪👨‍👩‍👧".count, "a,b,,c".split(separator: ","))
    print(
        0.1 + 0.2, 1e300 * 10, Double("1.5e3") as Any, Int("12x") as Any, String(255, radix: 16), 5.0.rounded(),
        Int64.max.description)
    print(
        [3, 1, 2].sorted(), ["b", "a"].min() as Any, zip([1, 2], "ab").map { "\($0)\($1)" }, (1...4).reduce(1, *),
        stride(from: 0, to: 9, by: 4).map { $0 })
    let path: KeyPath<Square, Double> = \.side
    print(Square(side: 2)[keyPath: path], path, [Square(side: 1)].map(\.area))
    var dictionary: [AnyHashable: Any] = ["a": 1, 2: "b", Colour.red: Square(side: 1)]
    dictionary[2] = nil
    print(dictionary.count, dictionary[Colour.red] as? Square as Any, Animal().sound(), (Dog() as Animal).sound())
    print(
        SIMD4<Int32>(1, 2, 3, 4) &+ 1, UInt64.max.multipliedFullWidth(by: 3), Unicode.Scalar("ß").properties.isLowercase
    )
}

func tasks() async throws {
    let counter = Counter()
    await withTaskGroup { group in
        for number in 1...10 { group.addTask { await counter.add(number) } }
    }
    print("counted", await counter.count)
    let (stream, continuation) = AsyncThrowingStream<Int, any Error>.makeStream()
    continuation.yield(1)
    continuation.finish(throwing: Failure.broken("stream"))
    do { for try await number in stream { print("got", number) } } catch {
        print("caught \(error)", error as? Failure as Any)
    }
    async let late = counter.count
    let slept = try await Task {
        try await Task.sleep(for: .milliseconds(1))
        return await counter.count
    }.value
    let early = await late
    print(slept, early)
    print(await withCheckedContinuation { done in DispatchQueue.global().async { done.resume(returning: "queue") } })
}

@inline(never) func hold(_ value: Any) -> String {
    let text = (value as? any Holder<String>).map { "text \($0.held)" } ?? "no text"
    let number = (value as? any Holder<Int> & CustomStringConvertible).map { "number \($0.held)" } ?? "no number"
    return "\(text), \(number), \(value is any Hashable & Comparable)"
}

func protocols() {
    for value in [Pocket(held: "key"), Pocket(held: 7), Secret(word: "b"), [Secret(word: "a")]] as [Any] {
        print(hold(value), value, type(of: value))
    }
    print([Secret(word: "b"), Secret(word: "a")].sorted(), Set([Secret(word: "a")]).contains(Secret(word: "a")))
    let paths: [PartialKeyPath<Square>] = [\.side, \.area, \.side.description.count]
    print(paths.map { Square(side: 4)[keyPath: $0] }, paths.map { type(of: $0).valueType })
    let types: [any CustomStringConvertible.Type] = [Int.self, Box<[Colour?]>.self, Pocket<Colour>.self]
    print(types, types.map { ObjectIdentifier($0) == ObjectIdentifier(Int.self) })
}

values()
texts()
protocols()
try Colour.green.encode(to: Recorder())
print(Mutex(3).withLock { $0 }, (try? { throw Failure.broken("y") }()) as Any)
try await tasks()
