// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")

/// The driver of libFuzzer, which only `scripts/fuzz` can link.
let fuzzing: [Target] =
    Context.environment["RESDEV_FUZZING"] == nil
    ? []
    : [
        .executableTarget(
            name: "Fuzzing",
            dependencies: ["FuzzTargets"],
            path: "Tests/Fuzzing",
            swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-use-ld=lld"])]
        )
    ]

/// Runs the store's oracles for as long as `scripts/oracle` is told.
let oracle: [Target] =
    Context.environment["RESDEV_ORACLE"] == nil
    ? []
    : [
        .executableTarget(
            name: "Oracle",
            dependencies: ["StoreOracle"],
            path: "Tests/Oracle",
            swiftSettings: settings
        )
    ]

/// A server that sends every WebSocket message back, which `scripts/autobahn` tests.
let echo: [Target] =
    Context.environment["RESDEV_ECHO"] == nil
    ? []
    : [
        .executableTarget(
            name: "EchoServer",
            dependencies: ["WebServer", nioCore, nioPosix, logging],
            path: "Tests/EchoServer",
            swiftSettings: settings
        )
    ]

let package = Package(
    name: "resdev",
    products: [
        .executable(name: "resdev", targets: ["resdev"]),
        .library(name: "EmbeddedBroker", targets: ["EmbeddedBroker"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        .target(name: "CSQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(name: "CCrypto", linkerSettings: [.linkedLibrary("sodium"), .linkedLibrary("crypt")]),
        .target(name: "CConsole", exclude: ["page"]),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
        .target(
            name: "RESProtocol",
            dependencies: ["CCrypto", nioCore, nioPosix, nioSSL, nioTLS, logging, deque, heap],
            swiftSettings: settings
        ),
        .target(
            name: "WebServer",
            dependencies: [
                "RESProtocol", "CCrypto", "CZlib", nioCore, nioPosix, nioSSL, nioTLS, logging, deque,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "EmbeddedBroker",
            dependencies: [
                "RESProtocol", "WebServer", "CCrypto", nioCore, nioPosix, nioSSL, nioTLS, logging, deque,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Gateway",
            dependencies: ["RESProtocol", "WebServer", nioCore, nioPosix, logging, deque],
            swiftSettings: settings
        ),
        .target(
            name: "Store",
            dependencies: ["RESProtocol", "CSQLite", "CCrypto", nioCore, logging, deque],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "resdev",
            dependencies: [
                "RESProtocol", "WebServer", "EmbeddedBroker", "Gateway", "Store", "CConsole",
                nioCore, nioPosix, nioSSL, logging,
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RESProtocolTests",
            dependencies: ["RESProtocol", "CCrypto", nioCore, nioPosix, nioEmbedded, nioSSL, logging],
            swiftSettings: settings
        ),
        .testTarget(
            name: "EmbeddedBrokerTests",
            dependencies: ["EmbeddedBroker", "RESProtocol", nioCore, nioPosix, nioEmbedded, logging],
            swiftSettings: settings
        ),
        // What another package builds by its own manifest, built along with the tests, and with no more access.
        .executableTarget(
            name: "EmbeddedBrokerExample",
            dependencies: ["EmbeddedBroker"],
            path: "examples/embedded-broker",
            exclude: ["Package.swift", "README.md"],
            packageAccess: false
        ),
        .testTarget(
            name: "EmbeddedBrokerAPITests",
            dependencies: ["EmbeddedBroker", nioCore],
            packageAccess: false,
            swiftSettings: settings
        ),
        .target(name: "SocketTesting", path: "Tests/SocketTesting", swiftSettings: settings),
        .testTarget(
            name: "WebServerTests",
            dependencies: ["WebServer", "RESProtocol", "SocketTesting", nioCore, nioPosix, logging],
            swiftSettings: settings
        ),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Gateway", "WebServer", "RESProtocol", "SocketTesting", nioCore, nioPosix, nioEmbedded,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "StoreOracle",
            dependencies: ["Store", "RESProtocol", "CSQLite", nioCore],
            path: "Tests/StoreOracle",
            swiftSettings: settings
        ),
        .testTarget(
            name: "StoreTests",
            dependencies: ["Store", "StoreOracle", "RESProtocol", "CSQLite", nioCore, nioPosix, logging],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ResdevTests",
            dependencies: [
                "resdev", "WebServer", "EmbeddedBroker", "Gateway", "Store", "RESProtocol", nioCore,
                nioEmbedded,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "RESProtocol", "WebServer", "EmbeddedBroker", "Gateway", "Store", "CSQLite", nioCore,
            ],
            path: "Tests/FuzzTargets",
            exclude: ["Cases"],
            swiftSettings: settings
        ),
        .testTarget(name: "FuzzCaseTests", dependencies: ["FuzzTargets"], swiftSettings: settings),
    ] + fuzzing + oracle + echo,
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu2x
)
