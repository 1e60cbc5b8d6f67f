import JSON
import Testing

struct JSONWritingTests {
    private let value: JSONValue = [
        "b": [1, []], "a": ["x": "é/\u{7f}\"\\\u{8}\t\n\u{c}\r\u{1f}"], "é": 1.5, "Z": nil,
    ]

    @Test func `canonical text is sorted by code point and escapes only what it must`() {
        #expect(
            text(value.canonicalBytes())
                == #"{"Z":null,"a":{"x":"é/\#u{7f}\"\\\b\t\n\f\r\u001F"},"b":[1,[]],"é":1.5E0}"#)
    }

    @Test(arguments: [
        (0.0, "0"), (-0.0, "0"), (1.0, "1"), (1e3, "1000"), (-12.0, "-12"), (0.5, "5.0E-1"), (-1234.5, "-1.2345E3"),
        (1e-7, "1.0E-7"), (1.25e-10, "1.25E-10"), (1e300, "1.0E300"), (0.1, "1.0E-1"), (123_456.789, "1.23456789E5"),
    ])
    func `canonical numbers are plain integers or scientific`(number: Double, expected: String) {
        #expect(text(JSONValue.number(number).canonicalBytes()) == expected)
    }

    @Test func `compact text keeps the order`() {
        #expect(text((["b": 1, "a": [true, 2.0]] as JSONValue).compactBytes()) == #"{"b":1,"a":[true,2.0]}"#)
    }

    @Test func `pretty text is indented and keeps empty brackets together`() {
        let expected = """
            {
                "b": [
                    1,
                    {}
                ],
                "a": []
            }
            """
        #expect(text((["b": [1, [:]], "a": []] as JSONValue).prettyBytes()) == expected)
    }

    @Test(arguments: [Int64.min, -1, 0, 9, 10, Int64.max])
    func `integers are written whole`(number: Int64) throws {
        #expect(text(JSONValue.integer(number).compactBytes()) == String(number))
        #expect(try JSONValue(parsing: JSONValue.integer(number).canonicalBytes()) == .integer(number))
    }

    @Test func `what was written reads back`() throws {
        #expect(try JSONValue(parsing: value.canonicalBytes()) == value)
        #expect(try JSONValue(parsing: value.compactBytes()) == value)
        #expect(try JSONValue(parsing: value.prettyBytes()) == value)
    }

    @Test func `a pointer escapes and finds`() {
        let document: JSONValue = ["a/b": ["~": [10, 20]]]
        let pointer = JSONPointer(["a/b", "~", "1"])
        #expect(pointer.description == "/a~1b/~0/1")
        #expect(pointer.tokens == ["a/b", "~", "1"])
        #expect(document[pointer] == 20)
        #expect(document[JSONPointer(["a/b", "x"])] == nil)
        #expect(document[JSONPointer()] == document)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
