import JSON
import Model
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UpstreamConfigTests {
    private func with(_ body: (LiveServer) async throws -> Void) async throws {
        try await LiveServer.with { server in
            var config = Resource<Config>(name: Config.selfName, spec: Config.Spec())
            for (key, entry) in ConfigKey.effective([]) { config.status.values[key] = entry.value }
            config.status.values["PV_WDT_MODE"] = "always"
            config.status.values["PV_LOG_SERVER_OUTPUTS"] = "filetree,singlefile"
            config.status.values["PV_LOG_DIR_MAXSIZE"] = "16M"
            config.status.values["PH_CREDS_SECRET"] = Config.hidden
            config.status.levels["PV_WDT_MODE"] = "pv conf file"
            try server.create(config)
            try await body(server)
        }
    }

    @Test
    func `the new list has every key in its order, with who set it`() async throws {
        try await with { server async throws in
            let response = try await server.get("/config2")
            let first = #"[{"key":"PH_CREDS_HOST","value":"api.pantahub.com","modified":"default"},"#
            #expect(response.body.hasPrefix(first))
            let list = try #require(try JSONValue(parsing: Array(response.body.utf8)).array)
            #expect(list.compactMap { $0["key"]?.string } == ConfigKey.all.map(\.name))
            func value(_ key: String) -> String? { list.first { $0["key"]?.string == key }?["value"]?.string }
            #expect(value("PV_WDT_MODE") == "always")
            #expect(value("PV_CONTROL_REMOTE") == "1")
            #expect(value("PV_STORAGE_DEVICE") == "(null)")
            #expect(value("PV_LOG_SERVER_OUTPUTS") == "134")
            #expect(value("PV_LOG_DIR_MAXSIZE") == "16777216")
            #expect(value("PH_CREDS_SECRET") == "(hidden)")
            #expect(response.body.contains(#"{"key":"PV_WDT_MODE","value":"always","modified":"pv conf file"}"#))
        }
    }

    @Test
    func `the old object has the old names, and numbers for words`() async throws {
        try await with { server async throws in
            let response = try await server.get("/config")
            #expect(response.body.hasPrefix(#"{"creds.host":"api.pantahub.com","creds.id":null,"creds.port":443,"#))
            let object = try JSONValue(parsing: Array(response.body.utf8))
            #expect(object["control.remote"] == true)
            #expect(object["wdt.mode"] == 3)
            #expect(object["log.level"] == 3)
            #expect(object["log.server.outputs"] == 134)
            #expect(object["creds.secret"] == "(hidden)")
            #expect(object["PV_LOG_LEVEL"] == nil)
        }
    }

    @Test
    func `a device that has none yet says so`() async throws {
        try await LiveServer.with { server in
            for path in ["/config", "/config2"] {
                let response = try await server.get(path)
                #expect(response.status == 500)
                #expect(response.body == #"{"Error":"Cannot get conf"}"#)
            }
        }
    }
}
