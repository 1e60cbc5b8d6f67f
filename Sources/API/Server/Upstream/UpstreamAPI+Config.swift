import Model
import Store

/// `/config` and `/config2` (`spec/pv-ctrl-api.md` §3.8), but for secrets, which are shown to nobody.
extension UpstreamAPI {
    private static let noConfig = UpstreamText.error(.internalError, "Cannot get conf")

    /// By older names; enumerations as numbers.
    func config() -> Response {
        guard let status = store.snapshot().get(Config.self, Config.selfName)?.status, !status.values.isEmpty else {
            return Self.noConfig
        }
        var text = JSONText(capacity: 4096)
        text.raw("{")
        var isFirst = true
        for key in ConfigKey.all {
            guard let alias = key.alias else { continue }
            if !isFirst { text.raw(",") }
            isFirst = false
            text.string(alias)
            text.raw(":")
            let value = status.values[key.name] ?? ""
            switch key.form {
            case .flag: if value == "1" { text.raw("true") } else { text.raw("false") }
            case .number, .time: text.integer(Int(value) ?? 0)
            case .choice(let words): text.integer(words.firstIndex(of: value) ?? 0)
            case .text where key.isNumberUpstream: text.integer(key.number(of: value))
            case .text, .path: text.string(value.isEmpty ? nil : value)
            }
        }
        text.raw("}")
        return Response(body: text.bytes)
    }

    func configList() -> Response {
        guard let status = store.snapshot().get(Config.self, Config.selfName)?.status, !status.values.isEmpty else {
            return Self.noConfig
        }
        var text = JSONText(capacity: 16_384)
        text.array(ConfigKey.all) { text, key in
            let value = status.values[key.name] ?? ""
            text.raw("{\"key\":")
            text.string(key.name)
            text.raw(",\"value\":")
            text.string(key.isNumberUpstream ? String(key.number(of: value)) : value.isEmpty ? "(null)" : value)
            text.raw(",\"modified\":")
            text.string(status.levels[key.name] ?? ConfigLevel.fallback.rawValue)
            text.raw("}")
        }
        return Response(body: text.bytes)
    }
}

extension ConfigKey {
    /// Whether upstream shows it as a number although it is written as a text.
    fileprivate var isNumberUpstream: Bool { name == "PV_LOG_SERVER_OUTPUTS" || name == "PV_LOG_DIR_MAXSIZE" }

    fileprivate func number(of value: String) -> Int {
        guard name == "PV_LOG_SERVER_OUTPUTS" else {
            let digits = value.prefix { $0.isASCII && $0.isNumber }
            let units: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
            let shift = value.dropFirst(digits.count).first.flatMap { units[Character($0.uppercased())] } ?? 0
            return (Int(digits) ?? 0) << shift
        }
        // One bit each; the last is always set.
        let outputs = ["nullsink", "singlefile", "filetree", "stdout", "stdout.containers", "stdout.pantavisor"]
        return value.split(separator: ",").reduce(1 << 7) { mask, word in
            outputs.firstIndex(of: String(word)).map { mask | 1 << $0 } ?? mask
        }
    }
}
