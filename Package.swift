// swift-tools-version: 6.2
import PackageDescription

/// Written once, for every target.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    // SE-0335: the cost of an existential is visible where it is paid.
    .enableUpcomingFeature("ExistentialAny"),
    // SE-0444: a member is visible only where its module is imported.
    .enableUpcomingFeature("MemberImportVisibility"),
    // SE-0409: `public import` shows which foreign types leak into an interface.
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "peft-search",
    products: [.executable(name: "peftsearch", targets: ["CLI"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // C libraries: nothing but a module map and one header each.
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),

        // The inner loops, compiled once for each instruction set.
        .target(name: "CVectorKernels", exclude: ["kernels"]),

        // The leaf: values, and the protocols that controller and workers need.
        .target(
            name: "Experiments",
            dependencies: [.product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict),

        .target(
            name: "LinearAlgebra", dependencies: ["COpenBLAS", "COneDNN", "CVectorKernels"],
            swiftSettings: strict),
        .target(name: "PEFT", dependencies: ["Experiments", "LinearAlgebra"], swiftSettings: strict),
        .target(name: "Search", dependencies: ["Experiments", "LinearAlgebra"], swiftSettings: strict),
        .target(
            name: "Workers",
            dependencies: [
                "Experiments", "PEFT", .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: strict),
        .target(
            name: "Storage",
            dependencies: [
                "Experiments", "CLibPQ", .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: strict),

        // Numbers for Prometheus, and the small server that shows them; knows nothing of the others.
        .target(
            name: "Metrics",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),

        // The composition root: the only target that knows Storage.
        .executableTarget(
            name: "CLI",
            dependencies: [
                "Experiments", "PEFT", "Search", "Workers", "Storage", "Metrics",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["Experiments"], path: "Tests/TestSupport",
            swiftSettings: strict),
        // Studies in virtual time with the product's own processes, drawn from seeds.
        .target(
            name: "Simulation", dependencies: ["Experiments", "Search", "Storage", "Workers", "TestSupport"],
            path: "Tests/Simulation", swiftSettings: strict),
        .target(
            name: "StudyExamples", dependencies: ["Experiments"], path: "Tests/StudyExamples",
            swiftSettings: strict),
        // Bad files for all readers; StudyFile holds links to the CLI's sources.
        .target(
            name: "Fuzzing",
            dependencies: [
                "Experiments", "LinearAlgebra", "PEFT", "Search", "StudyExamples",
                .product(name: "Yams", package: "Yams"),
            ],
            path: "Tests/Fuzzing", swiftSettings: strict),
        .testTarget(
            name: "FuzzingTests", dependencies: ["Fuzzing", "Experiments"], swiftSettings: strict),
        .testTarget(name: "ArchitectureTests", swiftSettings: strict),
        .testTarget(
            name: "ExperimentsTests", dependencies: ["Experiments", "StudyExamples", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "LinearAlgebraTests", dependencies: ["LinearAlgebra"], swiftSettings: strict),
        .testTarget(
            name: "PEFTTests", dependencies: ["PEFT", "Experiments", "LinearAlgebra", "TestSupport"],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "SearchTests", dependencies: ["Search", "Experiments", "LinearAlgebra", "TestSupport"],
            swiftSettings: strict),
        .testTarget(name: "MetricsTests", dependencies: ["Metrics"], swiftSettings: strict),
        .testTarget(
            name: "WorkersTests", dependencies: ["Workers", "Experiments", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "SimulationTests", dependencies: ["Simulation", "Experiments", "Search", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "StorageTests", dependencies: ["Storage", "Experiments", "Simulation", "TestSupport"],
            exclude: ["Dumps"], swiftSettings: strict),
        .testTarget(
            name: "CLITests",
            dependencies: [
                "CLI", "Experiments", "Storage", .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["Snapshots"],
            swiftSettings: strict),
    ]
)

// Links only with libFuzzer, which brings `main`: `make fuzz` sets this.
if Context.environment["PEFTSEARCH_FUZZING"] != nil {
    package.targets.append(
        .executableTarget(
            name: "FuzzDriver", dependencies: ["Fuzzing", "Experiments"], path: "Tests/FuzzDriver",
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}
