import Model
import Testing

struct HoldsTests {
    @Test(arguments: [
        ("abc", "", true), ("abc", "abc", true), ("abc", "bc", true), ("aab", "ab", true), ("abc", "abcd", false),
        ("abc", "ac", false), ("", "a", false), ("grün", "ü", true),
    ])
    func `a text holds another one where it occurs in it`(text: String, part: String, expected: Bool) {
        #expect(text.holds(part) == expected)
    }
}
