import JSON
import Testing

@testable import PVControl

struct YAMLTests {
    @Test(arguments: [
        ("web", "web"), ("locals/x", "locals/x"), ("a b", "a b"), ("web:root", "web:root"), ("-rc1", "-rc1"),
        ("", #""""#), ("7", #""7""#), ("1.5", #""1.5""#), ("0x1f", #""0x1f""#), ("1e3", #""1e3""#),
        ("2026-01-31", #""2026-01-31""#), ("2026-01-31T23:59:59Z", #""2026-01-31T23:59:59Z""#), ("12:30", #""12:30""#),
        ("true", #""true""#), ("No", #""No""#), ("null", #""null""#), ("~", #""~""#), ("y", #""y""#),
        ("a: b", #""a: b""#), ("a #b", #""a #b""#), ("a:", #""a:""#), ("- a", #""- a""#), ("-", #""-""#),
        (" a", #"" a""#), ("a ", #""a ""#), ("@x", #""@x""#), ("*x", #""*x""#), ("{a}", #""{a}""#), ("%x", #""%x""#),
        (#"say "hi""#, #"say "hi""#), (#""hi""#, #"'"hi"'"#), (#"it's"#, "it's"), (#"'a\b"#, #"'''a\b'"#),
        ("a\tb", #""a\tb""#), ("\u{0}", #""\x00""#), ("\u{2028}", #""\u2028""#), ("ä", "ä"), ("\u{FEFF}", #""\ufeff""#),
    ])
    func `a string is quoted when it would be read as something else`(text: String, expected: String) {
        #expect(YAMLWriter.text(.string(text)) == expected + "\n")
    }

    @Test func `lists and maps nest as kubectl writes them`() {
        let document: JSONValue = [
            "a": ["b": [], "c": [:], "d": nil], "e": [1, ["f": 1.5, "g": [true, [2, 3]]]], "h i": "x",
        ]
        #expect(
            YAMLWriter.text(document) == """
                a:
                  b: []
                  c: {}
                  d: null
                e:
                - 1
                - f: 1.5
                  g:
                  - true
                  - - 2
                    - 3
                h i: x

                """)
    }

    @Test func `several lines become a block that keeps its newlines`() {
        let document: JSONValue = ["a": "x\n\ny", "b": "x\n  y\n", "c": ["x\ny\n\n"], "d": "x \ny", "e": "\nx"]
        #expect(
            YAMLWriter.text(document) == """
                a: |-
                  x

                  y
                b: |
                  x
                    y
                c:
                - |+
                  x
                  y

                d: "x \\ny"
                e: "\\nx"

                """)
    }
}
