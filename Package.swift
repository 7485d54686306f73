// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
]

/// One room of the house: a target that may import only what stands left of it.
/// docs/architecture.md holds the table, ArchitectureTests compares it with the import lines.
func room(
  _ name: String, uses: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
  .target(name: name, dependencies: uses, resources: resources, swiftSettings: strict)
}

/// `data` names the files and folders beside the tests that are no sources; tests find them through
/// #filePath, because a resource bundle would bring Foundation in.
func tests(_ name: String, uses: [Target.Dependency], data: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: uses, exclude: data, swiftSettings: strict)
}

let package = Package(
  name: "cupel",
  products: [.executable(name: "cupel", targets: ["cupel"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
    .systemLibrary(name: "CCap", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CLinux"),
    .target(name: "CChild"),
    room("Failing"),
    room("Linux", uses: ["CLinux", "Failing"]),
    room("Hashing", uses: ["CCrypto", "Failing"]),
    room("Reading", uses: ["Failing", "Hashing"]),
    room("Signing", uses: ["CCrypto", "Failing", "Linux", "Hashing", "Reading"]),
    room("Storing", uses: ["Failing", "Linux", "Hashing", "Reading"]),
    room("Fetching", uses: ["Failing", "Linux", "Hashing", "Reading", "Signing", "Storing"]),
    room("Comparing", uses: ["Failing", "Linux", "Hashing", "Reading"]),
    room(
      "Planning", uses: ["Failing", "Hashing", "Reading"], resources: [.embedInCode("Embedded")]),
    room("Staging", uses: ["Failing", "Linux", "Hashing", "Reading", "Storing", "Planning"]),
    room(
      "Sandboxing", uses: ["CChild", "CLinux", "CSeccomp", "CCap", "Failing", "Linux", "Reading"]),
    room(
      "Supplying",
      uses: [
        "Failing", "Linux", "Hashing", "Reading", "Storing", "Planning", "Staging", "Sandboxing",
      ]),
    room(
      "Building",
      uses: [
        "Failing", "Linux", "Hashing", "Reading", "Storing", "Planning", "Staging", "Sandboxing",
        "Comparing",
      ]),
    room(
      "Listing",
      uses: [
        "Failing", "Linux", "Hashing", "Reading", "Storing", "Planning", "Staging", "Building",
        "Comparing",
      ]),
    room(
      "Explaining",
      uses: ["Failing", "Linux", "Hashing", "Reading", "Planning", "Building", "Comparing"]),
    room(
      "Attesting", uses: ["Failing", "Linux", "Hashing", "Reading", "Signing", "Planning"]),
    room(
      "Reporting",
      uses: [
        "Failing", "Linux", "Hashing", "Reading", "Storing", "Planning", "Staging", "Sandboxing",
        "Building", "Comparing", "Listing", "Explaining", "Signing", "Attesting",
      ]),
    .executableTarget(
      name: "cupel",
      dependencies: [
        "Failing", "Linux", "Hashing", "Reading", "Signing", "Storing", "Fetching", "Planning",
        "Staging", "Sandboxing", "Supplying", "Building", "Comparing", "Listing", "Explaining",
        "Attesting", "Reporting",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [.embedInCode("Embedded")],
      swiftSettings: strict),
    tests("Linux", uses: ["Linux"]),
    tests("Hashing", uses: ["Hashing"]),
    tests(
      "Signing", uses: ["Failing", "Hashing", "Linux", "Reading", "Signing"],
      data: ["requirements.txt", "securesystems.py"]),
    tests(
      "Storing", uses: ["Storing", "Reading", "Hashing", "Linux", "Failing"], data: ["oracle.py"]),
    tests(
      "Fetching", uses: ["Fetching", "Storing", "Reading", "Hashing", "Linux", "Failing"],
      data: ["makearchive.py", "makedeb.py", "makeimage.py", "makeinstaller.py", "server.py"]),
    tests("Comparing", uses: ["Comparing", "Hashing", "Linux", "Failing"]),
    tests(
      "Attesting",
      uses: [
        "Failing", "Linux", "Hashing", "Reading", "Signing", "Storing", "Listing", "Attesting",
      ],
      data: ["Data", "Golden", "stock.py"]),
    tests(
      "Listing",
      uses: [
        "Failing", "Linux", "Hashing", "Reading", "Planning", "Building", "Comparing", "Listing",
      ], data: ["verify.py"]),
    tests(
      "Explaining",
      uses: ["Failing", "Linux", "Hashing", "Reading", "Building", "Comparing", "Explaining"]),
    tests(
      "Staging",
      uses: ["Failing", "Linux", "Hashing", "Reading", "Storing", "Planning", "Staging"]),
    tests(
      "Sandboxing", uses: ["CLinux", "Failing", "Linux", "Reading", "Sandboxing"],
      data: ["waits.c"]),
    tests("Supplying", uses: ["Failing", "Hashing", "Linux", "Reading", "Supplying"]),
    tests(
      "Reading", uses: ["Failing", "Linux", "Hashing", "Reading"], data: ["Corpus", "oracle.py"]),
    tests(
      "Planning", uses: ["Failing", "Linux", "Hashing", "Reading", "Planning"], data: ["Golden"]),
    tests(
      "Building",
      uses: ["Failing", "Linux", "Hashing", "Reading", "Planning", "Sandboxing", "Building"],
      data: ["Recorded"]),
    tests(
      "Reporting",
      uses: [
        "Failing", "Linux", "Hashing", "Reading", "Planning", "Staging", "Sandboxing", "Building",
        "Comparing", "Explaining", "Attesting", "Reporting",
      ], data: ["Golden", "browse.py", "formats.py"]),
    tests("Architecture", uses: ["Failing", "Linux", "Reading", "Planning"]),
    tests("Escape", uses: ["Linux", "Reading"], data: ["Programs", "beside.py", "report.py"]),
    tests("Integration", uses: ["Linux", "Reading"], data: ["Fixtures"]),
    tests("Survival", uses: ["Linux", "Reading"], data: ["survive.py"]),
  ],
  swiftLanguageModes: [.v6])
