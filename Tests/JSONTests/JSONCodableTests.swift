import Foundation
import JSON
import Testing

struct JSONCodableTests {
    private enum Run: String, Codable, CaseIterable { case running = "Running", stopped = "Stopped" }

    private struct Sample: Codable, Equatable {
        var name: String
        var count: Int = 3
        var small: UInt8 = 7
        var ratio: Double = 0.5
        var run: Run? = .running
        var missing: String?
        var tags: [String] = ["x"]
        var labels: [String: String] = ["b": "2", "a": "1"]
        var raw: JSONValue = ["z": [1, nil], "a": true]
        var children: [Sample] = []
    }

    private let sample = Sample(name: "top", children: [Sample(name: "leaf", run: nil)])

    @Test func `members come in their own order and dictionaries sorted`() throws {
        let text = String(decoding: try JSONValue(encoding: Sample(name: "x")).compactBytes(), as: UTF8.self)
        #expect(
            text == #"{"name":"x","count":3,"small":7,"ratio":0.5,"run":"Running","tags":["x"],"#
                + #""labels":{"a":"1","b":"2"},"raw":{"z":[1,null],"a":true},"children":[]}"#)
    }

    @Test func `a value round-trips through JSON text`() throws {
        let bytes = try JSONValue(encoding: sample).compactBytes()
        #expect(try JSONValue(parsing: bytes).decode(Sample.self) == sample)
    }

    @Test func `other coders understand a JSON value too`() throws {
        let data = try JSONEncoder().encode(sample)
        #expect(try JSONDecoder().decode(Sample.self, from: data) == sample)
        #expect(try JSONValue(parsing: Array(data)).decode(Sample.self) == sample)
    }

    @Test(
        arguments: [
            (["run"], "Walking", #"/doc/run: "Walking" is not one of Running, Stopped"#),
            (["count"], "x", #"/doc/count: must be a whole number, not the string "x""#),
            (["count"], 1.5, "/doc/count: must be a whole number, not the number 1.5"),
            (["small"], 256, "/doc/small: must be a whole number from 0 to 255, not the number 256"),
            (["labels", "a/b"], 1, "/doc/labels/a~1b: must be a string, not the number 1"),
            (["tags"], ["x", ["y"]], "/doc/tags/1: must be a string, not a list"),
            (["name"], nil, "/doc/name: must be a string, not null"),
            (["children"], [["name": "a"], [:]], "/doc/children/0/count: is missing"),
        ] as [([String], JSONValue, String)])
    func `an error names the place and what is allowed`(path: [String], bad: JSONValue, error: String) throws {
        var document = try #require(try JSONValue(encoding: sample).object)
        if path.count == 2 {
            document[path[0]] = [:]
            var inner = JSONObject()
            inner[path[1]] = bad
            document[path[0]] = .object(inner)
        } else {
            document[path[0]] = bad
        }
        #expect(failure { try JSONValue.object(document).decode(Sample.self, at: "/doc") } == error)
    }

    @Test func `nested containers are filled after they were handed out`() throws {
        struct Nested: Encodable {
            enum Key: String, CodingKey { case list, object }
            func encode(to encoder: any Encoder) throws {
                var top = encoder.container(keyedBy: Key.self)
                var list = top.nestedUnkeyedContainer(forKey: .list)
                var object = top.nestedContainer(keyedBy: Key.self, forKey: .object)
                try list.encode(1)
                var inner = list.nestedContainer(keyedBy: Key.self)
                try inner.encode("x", forKey: .list)
                try object.encode(2, forKey: .object)
                try list.encodeNil()
            }
        }
        #expect(try JSONValue(encoding: Nested()) == ["list": [1, ["list": "x"], nil], "object": ["object": 2]])
    }

    @Test func `a number without a form in JSON is an error`() {
        #expect(throws: EncodingError.self) { try JSONValue(encoding: [Double.nan]) }
        #expect(throws: EncodingError.self) { try JSONValue(encoding: ["x": UInt64.max]) }
    }
}
