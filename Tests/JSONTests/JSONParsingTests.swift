import JSON
import Testing

struct JSONParsingTests {
    @Test func `a document becomes a value and keeps the order of its members`() throws {
        let value = try JSONValue(parsing: #"{"b": [1, -2.5, "x\ny\u00e9"], "a": {"t": true, "n": null}}"#)
        #expect(value == ["b": [1, -2.5, "x\nyé"], "a": ["t": true, "n": nil]])
        #expect(value.object?.keys == ["b", "a"])
    }

    @Test(arguments: [("7", JSONValue.integer(7)), (#""x""#, "x"), ("null", .null), (" [] ", JSONValue.array([]))])
    func `any value may be a document`(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test(arguments: [
        ("", "/: is empty; a JSON document was expected"),
        (" \n", "/: is empty; a JSON document was expected"),
        (
            "{\"a\": 1,\n \"a\": 2}",
            "/: is not valid JSON: line 2, column 4: duplicate object key near '\"a\"'; keep one of the two members"
        ),
        (
            "9223372036854775808",
            "/: is not valid JSON: line 1, column 19: too big integer near '9223372036854775808'"
                + "; integers must fit in 64 bits, other numbers in a double"
        ),
        (
            "1e999",
            "/: is not valid JSON: line 1, column 5: real number overflow near '1e999'"
                + "; integers must fit in 64 bits, other numbers in a double"
        ),
        (
            "[1",
            "/: is not valid JSON: line 1, column 2: ']' expected near end of file"
                + "; the document is cut off or a bracket is not closed"
        ),
        (
            "1 2",
            "/: is not valid JSON: line 1, column 3: end of file expected near '2'; there is more text after the document"
        ),
        (
            #"{"a/b": ["x\u0000"]}"#,
            #"/a~1b/0: holds a NUL character (\u0000), which no name or text may; remove it"#
        ),
        (
            "{\"e\\u0301\": 1, \"\\u00e9\": 2}",
            "/: has two members \"é\" that differ only in how their characters are composed; keep one"
        ),
    ])
    func `a bad document is refused with the place, the cause and the remedy`(text: String, error: String) {
        #expect(failure { try JSONValue(parsing: text) } == error)
    }

    @Test func `nesting ends at the limit`() throws {
        let text = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        _ = try JSONValue(parsing: text(64))
        #expect(
            failure { try JSONValue(parsing: text(65)) }
                == "/: line 1, column 65: nested deeper than 64 levels; make the document flatter")
        let deep = failure { try JSONValue(parsing: text(1_000_000)) }
        #expect(deep == "/: line 1, column 65: nested deeper than 64 levels; make the document flatter")
    }

    @Test func `size and number of values are limited`() {
        let limits = JSONLimits(bytes: 10, depth: 64, values: 4)
        #expect(
            failure { try JSONValue(parsing: "[1,2,3,4,5]", limits: limits) }
                == "/: is 11 bytes long; at most 10 are read: keep large data in objects")
        #expect(
            failure { try JSONValue(parsing: "[1,2,3,4]", limits: limits) }
                == "/: line 1, column 7: more than 4 values; split the document")
    }

    @Test func `brackets in strings are no nesting`() throws {
        let text = "\"" + String(repeating: #"[\"{"#, count: 100) + "\""
        #expect(try JSONValue(parsing: text).string?.utf8.count == 300)
    }
}

/// What a call that must fail says.
func failure<T>(_ body: () throws -> T) -> String {
    do {
        return "no error, but \(try body())"
    } catch {
        return "\(error)"
    }
}
