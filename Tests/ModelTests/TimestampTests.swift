import Model
import Testing

struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_763_897_532, "2025-11-23T11:32:12Z"),
        (4_102_444_799, "2099-12-31T23:59:59Z"),
        (-1, "1969-12-31T23:59:59Z"),
    ])
    func `a timestamp is RFC 3339 in UTC and reads back`(seconds: Int64, text: String) {
        #expect(Timestamp(seconds: seconds).description == text)
        #expect(Timestamp(text) == Timestamp(seconds: seconds))
    }

    @Test(arguments: ["", "2025-11-23", "2025-13-23T11:32:12Z", "2025-11-23T24:32:12Z", "2025-11-23 11:32:12Z"])
    func `anything else is refused`(text: String) {
        #expect(Timestamp(text) == nil)
    }
}
