// swift-tools-version: 6.2
import PackageDescription

/// One set of language rules for every target: strict concurrency, explicit existentials, imports that do not leak.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// For what runs on the device: regular expressions stay out of it (see `holds`).
let deviceSettings: [SwiftSetting] =
    settings + [.unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"])]

let hashTrees: Target.Dependency = .product(name: "HashTreeCollections", package: "swift-collections")
let deques: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let heaps: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let ordered: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nio: [Target.Dependency] = ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket"].map {
    .product(name: $0, package: "swift-nio")
}

func library(_ name: String, _ path: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(path)", swiftSettings: deviceSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

let package = Package(
    name: "pantavisor",
    products: [
        .executable(name: "pantavisor", targets: ["pantavisor"]),
        .executable(name: "pv-lxc-start", targets: ["pv-lxc-start"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CJansson", path: "Sources/Runtime/C/CJansson", pkgConfig: "jansson",
            providers: [.apt(["libjansson-dev"])]),
        .systemLibrary(
            name: "CLXC", path: "Sources/Runtime/C/CLXC", pkgConfig: "lxc", providers: [.apt(["lxc-dev"])]),
        .systemLibrary(
            name: "CCrypto", path: "Sources/Runtime/C/CCrypto", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"])]),
        .target(name: "CSSL", path: "Sources/Runtime/C/CSSL", linkerSettings: [.linkedLibrary("dl")]),
        .target(name: "CShims", path: "Sources/Runtime/C/CShims"),
        library("JSON", "Runtime/JSON", ["CJansson", ordered]),
        library("Model", "Runtime/Model", ["JSON"]),
        library("StateFormat", "Runtime/StateFormat", ["Model", "JSON", ordered]),
        library("Store", "Runtime/Store", ["Model", "JSON", hashTrees, deques]),
        library("Drivers", "Runtime/Drivers", ["Model", "JSON"]),
        library("LogServer", "Runtime/LogServer", ["JSON"]),
        library(
            "LinuxDrivers", "Runtime/LinuxDrivers",
            ["LogServer", "Drivers", "Model", "JSON", "CShims", "CCrypto", logging]),
        library("FakeDrivers", "Runtime/FakeDrivers", ["Drivers", "Model", "JSON"]),
        library("Engine", "Runtime/Engine", ["Store", "Drivers", "Model", "JSON", heaps, deques, hashTrees, logging]),
        library("Controllers", "Controllers", ["Engine", "StateFormat", "Store", "Drivers", "Model", "JSON", logging]),
        library(
            "Simulator", "Runtime/Simulator", ["Engine", "FakeDrivers", "Store", "Drivers", "Model", "JSON", heaps]),
        library("SecureTransport", "API/TLS", ["CSSL"] + nio),
        library(
            "APIServer", "API/Server",
            ["SecureTransport", "Store", "StateFormat", "Model", "JSON", deques, logging] + nio),
        library("APIClient", "API/Client", ["Model", "JSON"] + nio),
        library("PVControl", "CLI/pvcontrol", ["APIClient", "StateFormat", "Model", "JSON"]),
        library(
            "Offline", "Boot/Offline",
            ["Controllers", "Simulator", "FakeDrivers", "StateFormat", "Engine", "Store", "Drivers", "Model", "JSON"]),
        library(
            "Boot", "Boot/Device",
            [
                "Offline", "Controllers", "Engine", "LinuxDrivers", "LogServer", "FakeDrivers", "Simulator",
                "APIServer",
                "SecureTransport",
                "StateFormat", "Store", "Drivers", "Model", "JSON", "CShims", logging,
            ]),
        .executableTarget(
            name: "pantavisor", dependencies: ["Boot", "PVControl"], path: "Sources/CLI/pantavisor",
            swiftSettings: settings),
        .executableTarget(
            name: "pv-bench", dependencies: ["Engine", "Store", "Drivers", "Model"], path: "Sources/CLI/bench",
            swiftSettings: settings),
        .executableTarget(
            name: "pv-lxc-start", dependencies: ["CLXC"], path: "Sources/Runtime/C/StartHelper"),
        tests("AppengineTests", []),
        tests("BootTests", ["Boot", "APIServer", "SecureTransport", "LinuxDrivers", "Drivers", "Model", logging]),
        tests("ControllerTests", ["Controllers", "Engine", "StateFormat", "Drivers", "Store", "Model", "JSON"]),
        tests("EngineTests", ["Engine", "Store", "Drivers", "Model", "JSON", logging]),
        tests(
            "SimulationTests",
            ["Offline", "Controllers", "Simulator", "FakeDrivers", "Engine", "Drivers", "Store", "Model", "JSON"]),
        tests("JSONTests", ["JSON"]),
        tests("PVControlTests", ["PVControl", "APIClient", "APIServer", "Store", "Model", "JSON", logging] + nio),
        tests("APIServerTests", ["APIServer", "SecureTransport", "Store", "Model", "JSON", logging] + nio),
        tests("DriverConformance", ["LinuxDrivers", "FakeDrivers", "Drivers", "Model", "JSON", "CShims", logging]),
        tests("LinuxDriverTests", ["LinuxDrivers", "LogServer", "Drivers", "Model", "JSON", "CShims", logging]),
        tests("LogServerTests", ["LogServer", "JSON"]),
        tests("ModelTests", ["Model", "JSON"]),
        tests(
            "ScenarioTests",
            [
                "Offline", "Simulator", "FakeDrivers", "Controllers", "StateFormat", "Engine", "Store", "Drivers",
                "Model", "JSON",
            ]),
        tests("StateFormatTests", ["StateFormat", "Model", "JSON"]),
        tests("StoreTests", ["Store", "Model", "JSON"]),
    ]
)

// The fuzz targets need a runtime of their own, so they are only there when asked for (hack/fuzz.sh).
if Context.environment["PANTAVISOR_FUZZ"] == "1" {
    let fuzzSettings = settings + [.unsafeFlags(["-parse-as-library"])]
    package.targets += [
        .target(
            name: "FuzzSupport", dependencies: ["JSON"], path: "Tests/Fuzz/FuzzSupport", swiftSettings: fuzzSettings),
        .executableTarget(
            name: "fuzz-state", dependencies: ["FuzzSupport", "StateFormat", "JSON"], path: "Tests/Fuzz/fuzz-state",
            swiftSettings: fuzzSettings),
        .executableTarget(
            name: "fuzz-http",
            dependencies: ["FuzzSupport", "APIServer", "Store", "StateFormat", "Model", "JSON", logging],
            path: "Tests/Fuzz/fuzz-http", exclude: ["seeds"], swiftSettings: fuzzSettings),
    ]
}
