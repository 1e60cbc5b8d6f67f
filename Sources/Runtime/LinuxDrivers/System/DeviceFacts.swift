import CShims
import Glibc
package import JSON

/// What the device is, as its metadata says it: values by key, JSON documents as text (`spec/hub-protocol.md` §7).
package func deviceFacts() -> [String: String] {
    var system = utsname()
    uname(&system)
    let names: JSONValue = [
        "kernel.name": .string(text(&system.sysname)), "kernel.release": .string(text(&system.release)),
        "kernel.version": .string(text(&system.version)), "node.name": .string(text(&system.nodename)),
        "machine": .string(text(&system.machine)),
    ]
    var facts = [
        "pantavisor.arch": "\(text(&system.machine))/\(Int.bitWidth)/\(Int(1).littleEndian == 1 ? "EL" : "EB")",
        "pantavisor.uname": String(decoding: names.compactBytes(), as: UTF8.self),
        "interfaces": String(decoding: networkInterfaces().compactBytes(), as: UTF8.self),
    ]
    facts["pantavisor.dtmodel"] = Files.text("/proc/device-tree/model").map { String($0.prefix { $0 != "\0" }) }
    let processor = (Files.text("/proc/cpuinfo") ?? "").split(separator: "\n").first { line in
        ["model name", "Hardware", "cpu model"].contains { line.hasPrefix($0) }
    }
    let model = processor?.split(separator: ":", maxSplits: 1).last
    facts["pantavisor.cpumodel"] = model.map { String($0.drop { $0 == " " }) }
    return facts.filter { !$0.value.isEmpty }
}

private func text<Characters>(_ characters: inout Characters) -> String {
    withUnsafeBytes(of: &characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// What changes all the time: measured when somebody asks.
@Sendable package func deviceMeasurements() -> [String: String] {
    var now = timeval()
    gettimeofday(&now, nil)
    let time: JSONValue = [
        "timeval": ["tv_sec": .integer(Int64(now.tv_sec)), "tv_usec": .integer(Int64(now.tv_usec))],
        "timezone": ["tz_minuteswest": 0, "tz_dsttime": 0],
    ]
    var state = pv_system_state()
    pv_read_system_state(&state)
    let numbers: [(String, UInt64)] = [
        ("uptime", state.uptime), ("loads.0", state.loads.0), ("loads.1", state.loads.1), ("loads.2", state.loads.2),
        ("totalram", state.total), ("freeram", state.free), ("sharedram", state.shared), ("bufferram", state.buffers),
        ("totalswap", state.total_swap), ("freeswap", state.free_swap), ("procs", state.processes),
        ("totalhigh", 0), ("freehigh", 0), ("mem_unit", state.unit),
    ]
    let system = JSONValue.object(JSONObject(numbers.map { ($0.0, .integer(Int64(clamping: $0.1))) }))
    return [
        "time": String(decoding: time.compactBytes(), as: UTF8.self),
        "sysinfo": String(decoding: system.compactBytes(), as: UTF8.self),
    ]
}

/// `{"eth0.ipv4":["10.0.0.2"],"eth0.ipv6":[…],"eth0.mac":["02:…"]}`, of every interface that has an address.
package func networkInterfaces() -> JSONValue {
    var addresses: [String: [String]] = [:]
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [:] }
    defer { freeifaddrs(list) }
    var next = list
    while let entry = next {
        next = entry.pointee.ifa_next
        guard let address = entry.pointee.ifa_addr, let name = entry.pointee.ifa_name else { continue }
        var buffer = [CChar](repeating: 0, count: 128)
        guard let kind = pv_format_address(address, &buffer, buffer.count) else { continue }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        addresses["\(String(cString: name)).\(String(cString: kind))", default: []].append(text)
    }
    return .object(
        JSONObject(
            addresses.sorted { $0.key < $1.key }.map { ($0.key, .array($0.value.sorted().map { .string($0) })) }))
}

/// Tells when interfaces or their addresses change.
package final class NetworkWatch: Sendable {
    private let descriptor: OwnedDescriptor

    /// Nil when the kernel has no network.
    package init?() {
        let number = pv_open_network_watch()
        guard number >= 0 else { return nil }
        descriptor = OwnedDescriptor(number)
    }

    /// Calls `handler` on the reactor's thread after each change, for as long as the reactor lives.
    package func start(on reactor: Reactor, _ handler: @escaping @Sendable () -> Void) {
        let descriptor = descriptor
        _ = reactor.whenReadable(descriptor) {
            // What changed is read anew; the messages only wake.
            var message = [UInt8](repeating: 0, count: 8192)
            while recv(descriptor.number, &message, message.count, Int32(MSG_DONTWAIT)) > 0 {}
            handler()
        }
    }
}
