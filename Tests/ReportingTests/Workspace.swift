import Building
import Hashing
import Linux

/// Two legs of a small workspace: `gen`'s build script lists a folder, `derive` is a macro, and two
/// programs use both.
struct Workspace {
  static let first = listing(["hazel", "birch", "damson", "iris", "almond", "gorse"])
  static let second = listing(["gorse", "almond", "iris", "damson", "birch", "hazel"])

  /// Leg A and leg B; `folder` gets copies of what the build script wrote.
  static func legs(in folder: String, names: (String, String) = (first, second)) throws -> (
    UnitRecord, UnitRecord
  ) {
    try FileSystem.makeDirectories(folder)
    for text in [names.0, names.1] {
      let bytes = Array(text.utf8)
      try FileSystem.write(bytes, to: "\(folder)/\(Digest.hashing(bytes).hex)")
    }
    return (
      UnitRecord(units: units(names.0, "A"), copies: folder),
      UnitRecord(units: units(names.1, "B"), copies: folder)
    )
  }

  static func package(_ name: String, _ version: String = "1.0.0") -> CargoPackage {
    guard let package = CargoPackage(name: name, version: version) else {
      fatalError("\(name) \(version) is no package")
    }
    return package
  }

  static func file(_ name: String, _ text: String) -> RecordedUnit.Output {
    RecordedUnit.Output(
      name: name, content: .file(size: Int64(text.utf8.count), digest: .hashing(text)))
  }

  private static func listing(_ names: [String]) -> String {
    let lines = names.map { "    (\"\($0)\", \"the \($0) has \($0.utf8.count * 7) rings\"),\n" }
    return "pub const TREES: &[(&str, &str)] = &[\n\(lines.joined())];\n"
  }

  private static func library(
    _ name: String, _ version: String, _ dependencies: [Int], _ text: String = ""
  ) -> RecordedUnit {
    RecordedUnit(
      package: package(name, version), kind: .library, crate: name, hash: "-\(name)",
      features: ["std"], arguments: ["--crate-name", name, "--edition=2021", "src/lib.rs"],
      sources: .init(count: 3, digest: .hashing("\(name) \(text)")), dependencies: dependencies,
      outputs: [
        file("release/deps/lib\(name).rlib", "\(name) code \(text)"),
        file("release/deps/lib\(name).rmeta", "\(name) interface \(text)"),
      ])
  }

  private static func units(_ names: String, _ leg: String) -> [RecordedUnit] {
    [
      RecordedUnit(
        package: package("gen", "0.2.1"), kind: .buildScript, crate: "build_script_build",
        hash: "-1", arguments: ["--crate-name", "build_script_build", "build.rs"],
        outputs: [file("release/build/gen-1/build_script_build", "program")]),
      RecordedUnit(
        package: package("gen", "0.2.1"), kind: .buildScriptRun, crate: "build-script",
        hash: "gen-0",
        environment: [.init(name: "OUT_DIR", value: "/build/target/release/build/gen-0/out")],
        dependencies: [0],
        outputs: [
          file("release/build/gen-0/out/trees.rs", names),
          file("release/build/gen-0/output", "cargo::rerun-if-changed=trees\n"),
        ]),
      library("gen", "0.2.1", [1], names),
      library("memchr", "2.7.4", []), library("bytes", "1.9.0", [3]),
      RecordedUnit(
        package: package("derive"), kind: .procMacro, crate: "derive", hash: "-5",
        outputs: [file("release/deps/libderive.so", "macro")]),
      library("model", "0.1.0", [2, 4, 5], names), library("log", "0.4.27", []),
      RecordedUnit(
        package: package("server", "0.1.0"), kind: .program, crate: "server", hash: "-8",
        arguments: ["--crate-name", "server", "src/main.rs"],
        environment: [.init(name: "STAMP", value: "leg \(leg)")], dependencies: [3, 5, 6, 7],
        outputs: [file("release/deps/server", "server \(names)")]),
      RecordedUnit(
        package: package("server", "0.1.0"), kind: .program, crate: "client", hash: "-9",
        dependencies: [6], outputs: [file("release/deps/client", "client \(names)")]),
      RecordedUnit(
        package: package("stamp", "0.3.0"), kind: .library, crate: "stamp", hash: "-10",
        environment: [.init(name: "HOME", value: "/home/\(leg)")], dependencies: [7],
        outputs: [file("release/deps/libstamp.rlib", "stamp \(leg)")]),
    ]
      + (leg == "B"
        ? [
          RecordedUnit(
            package: package("extra", "0.1.0"), kind: .library, crate: "extra", hash: "-11",
            outputs: [file("release/deps/libextra.rlib", "extra")])
        ] : [])
  }
}
