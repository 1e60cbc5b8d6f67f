import APIClient

/// `proxy`: the control socket as a loopback TCP port.
enum Proxy {
    static func run(_ invocation: Invocation) async throws -> Int32 {
        let address = invocation.value("address") ?? "127.0.0.1"
        guard LoopbackProxy.isLoopback(address) else {
            throw invocation.usageError(
                "'\(address)' is not a loopback address: whoever reaches the port controls the device. "
                    + "Use ssh -L to reach it from elsewhere")
        }
        guard let port = Int(invocation.value("port") ?? "8001"), (0...65_535).contains(port) else {
            throw invocation.usageError("--port takes a number from 0 to 65535")
        }
        let session = try Session(invocation)
        let console = invocation.console
        let host = address.contains(":") ? "[\(address)]" : address
        try await LoopbackProxy(to: session.client.endpoint).run(address: address, port: port) { port in
            try console.print("Serving \(session.client.endpoint) on http://\(host):\(port)")
            console.complain("Try: kubectl -s http://\(host):\(port) get containers")
        } failed: { error in
            console.complain("ERROR: \(error)")
        }
        return 0
    }
}
