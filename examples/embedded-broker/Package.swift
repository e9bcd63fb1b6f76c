// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "embedded-broker",
    dependencies: [.package(name: "resdev", path: "../..")],
    targets: [
        .executableTarget(
            name: "embedded-broker",
            dependencies: [.product(name: "EmbeddedBroker", package: "resdev")],
            path: ".",
            exclude: ["README.md"],
            sources: ["main.swift"]
        )
    ]
)
