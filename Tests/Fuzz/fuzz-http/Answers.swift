import JSON

/// What must hold for everything a server says.
enum Answers {
    static func check(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty, let next = checkOne(rest) { rest = next }
    }

    /// Checks the first answer; nil when it goes on to the end of the connection.
    private static func checkOne(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let end = endOfHead(bytes) else { preconditionFailure("an answer without an end of its head") }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]), (100...599).contains(status) else {
            preconditionFailure("no status line: \(lines.first ?? "")")
        }
        let rest = bytes[end...]
        if status == 100 { return rest }
        // Another protocol begins.
        if status == 101 { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let halves = line.split(separator: ":", maxSplits: 1)
            precondition(halves.count == 2, "no header: \(line)")
            headers[halves[0].lowercased()] = String(halves[1].drop { $0 == " " })
        }
        // Bytes as they come, until one side has enough.
        if headers["transfer-encoding"] == "chunked" { return nil }
        guard let text = headers["content-length"] else { return nil }
        guard let length = Int(text), length <= rest.count else { preconditionFailure("a body that is cut off") }
        let body = Array(rest.prefix(length))
        if headers["content-type"] == "application/json", !body.isEmpty {
            precondition((try? JSONValue(parsing: body)) != nil, "a body that is no JSON")
        }
        return rest.dropFirst(length)
    }

    private static func endOfHead(_ bytes: ArraySlice<UInt8>) -> Int? {
        bytes.indices.dropLast(3).first { bytes[$0...].prefix(4).elementsEqual([13, 10, 13, 10]) }.map { $0 + 4 }
    }
}
