// swift-tools-version:6.2
import PackageDescription

/// Swift 6 language mode comes with the tools version; warnings are errors so that none can pile up.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let jwt: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
/// Hummingbird's own form of a request on a connection; the API guards connections below the router.
let nioHTTPTypes: [Target.Dependency] = [
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
    .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
    .product(name: "NIOWebSocket", package: "swift-nio"),
]
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOFoundationCompat", package: "swift-nio"),
]

// A target imports only those above it in this list (design, "The house").
let package = Package(
    name: "maitre",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "maitre", targets: ["maitre"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibpq",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]
        ),
        .systemLibrary(
            name: "CArgon2",
            pkgConfig: "libargon2",
            providers: [.apt(["libargon2-dev"]), .brew(["argon2"])]
        ),
        .systemLibrary(
            name: "CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]
        ),
        .target(
            name: "Postgres",
            dependencies: ["CLibpq", crypto, log, lifecycle, deque],
            swiftSettings: settings
        ),
        .target(name: "Core", dependencies: [crypto, log], swiftSettings: settings),
        .target(name: "Outbound", dependencies: ["Core", httpClient, log, nioSSL] + nio, swiftSettings: settings),
        .target(
            name: "Tenancy",
            dependencies: ["CArgon2", "CCurl", "Core", "Postgres", crypto, deque, jwt, lifecycle, log, metrics],
            swiftSettings: settings
        ),
        .target(name: "Jobs", dependencies: ["Core", "Postgres", "Tenancy", log, metrics, lifecycle], swiftSettings: settings),
        .target(
            name: "Events",
            dependencies: ["Core", "Outbound", "Postgres", "Tenancy", "Jobs", crypto, deque, log, metrics, lifecycle],
            swiftSettings: settings
        ),
        .target(name: "Usage", dependencies: ["Core", "Postgres", "Tenancy", log, lifecycle], swiftSettings: settings),
        .target(
            name: "Messaging",
            dependencies: ["Core", "Postgres", "Tenancy", "Jobs", "Events", "Usage", httpClient, crypto, log, metrics, lifecycle] + nio,
            swiftSettings: settings
        ),
        .target(name: "Automation", dependencies: ["Core", "Messaging"], swiftSettings: settings),
        .target(
            name: "API",
            dependencies: [
                "Core", "Postgres", "Tenancy", "Jobs", "Events", "Usage", "Messaging", hummingbird, httpTypes, crypto, log, metrics, deque,
                lifecycle,
            ] + nio + nioHTTPTypes,
            resources: [.copy("Resources")],
            swiftSettings: settings
        ),
        .target(
            name: "Simulator",
            dependencies: ["Core", hummingbird, httpTypes, httpClient, crypto, log, lifecycle] + nio,
            resources: [.copy("Resources")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "maitre",
            dependencies: [
                "API", "Automation", "Core", "Events", "Jobs", "Messaging", "Outbound", "Postgres", "Simulator", "Tenancy", "Usage",
                configuration, crypto, httpClient, hummingbird, lifecycle, log, metrics,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ] + nio,
            swiftSettings: settings
        ),
        .target(
            name: "TestSupport",
            dependencies: ["Core", "Postgres", log, lifecycle, "Yams"] + nio,
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        .testTarget(
            name: "PostgresTests",
            dependencies: ["Postgres", "TestSupport", log, lifecycle],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CoreTests",
            dependencies: ["Core", crypto],
            swiftSettings: settings
        ),
        .testTarget(
            name: "OutboundTests",
            dependencies: [
                "Core", "Outbound", crypto, log, nioSSL, .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ] + nio,
            swiftSettings: settings
        ),
        .testTarget(
            name: "TenancyTests",
            dependencies: [
                "Core", "Postgres", "Tenancy", "TestSupport", crypto, lifecycle, log,
                .product(name: "InMemoryLogging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "JobsTests",
            dependencies: ["Core", "Jobs", "Postgres", "Tenancy", "TestSupport", log],
            swiftSettings: settings
        ),
        .testTarget(
            name: "EventsTests",
            dependencies: ["Core", "Events", "Jobs", "Postgres", "Tenancy", "TestSupport", lifecycle, log],
            swiftSettings: settings
        ),
        .testTarget(
            name: "UsageTests",
            dependencies: ["Core", "Postgres", "Tenancy", "TestSupport", "Usage", log],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MessagingTests",
            dependencies: ["Core", "Jobs", "Messaging", "Postgres", "Tenancy", "TestSupport", "Usage", httpClient, crypto, log] + nio,
            swiftSettings: settings
        ),
        .testTarget(
            name: "APITests",
            dependencies: [
                "API", "Core", "Events", "Jobs", "Messaging", "Outbound", "Postgres", "Tenancy", "TestSupport", "Usage", hummingbird,
                .product(name: "HummingbirdTesting", package: "hummingbird"), httpTypes, log, metrics, "Yams",
                .product(name: "InMemoryLogging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "NIOEmbedded", package: "swift-nio"), crypto, lifecycle,
            ] + nio + nioHTTPTypes,
            exclude: ["Golden"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SimulatorTests",
            dependencies: [
                "Core", "Simulator", hummingbird, .product(name: "HummingbirdTesting", package: "hummingbird"), httpTypes, httpClient,
                crypto, log,
            ] + nio,
            swiftSettings: settings
        ),
        .testTarget(
            name: "MaitreTests",
            dependencies: [
                "API", "Core", "Jobs", "maitre", "Postgres", "TestSupport", configuration, lifecycle, log,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "InMemoryLogging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "API", "Core", "Events", "Jobs", "maitre", "Messaging", "Postgres", "Simulator", "Tenancy", "TestSupport", crypto,
                httpClient,
                httpTypes,
                lifecycle, log,
            ] + nio,
            swiftSettings: settings
        ),
    ]
)
