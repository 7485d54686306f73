import Sandboxing
import Testing

@testable import Building

/// Command lines of rustc, as cargo 1.96 writes them.
@Suite struct InvocationTests {
  private static func invocation(
    _ arguments: String, environment: [String: String] = [:]
  ) -> Invocation? {
    let own = ["/build/bin/cupel-rustc", "/usr/bin/rustc"]
    return Invocation(
      Announcement(
        arguments: own + arguments.split(separator: " ").map(String.init),
        environment: environment))
  }

  private static let package = ["CARGO_PKG_NAME": "gen", "CARGO_PKG_VERSION": "0.2.1"]

  private static let library = """
    --crate-name gen_x --edition=2021 gen/src/lib.rs --error-format=json \
    --json=diagnostic-rendered-ansi,artifacts --crate-type lib \
    --emit=dep-info,metadata,link -C opt-level=3 -C embed-bitcode=no \
    --cfg feature="std" --cfg feature="alloc" --check-cfg cfg(docsrs,test) \
    -C metadata=0a2e68b502cad0b1 -C extra-filename=-0a2e68b502cad0b1 \
    --out-dir /build/target/x86_64-unknown-linux-gnu/release/deps \
    --target x86_64-unknown-linux-gnu -C strip=debuginfo \
    -L dependency=/build/target/x86_64-unknown-linux-gnu/release/deps \
    --extern core_x=/build/target/release/deps/libcore_x-11.rmeta \
    --extern noprelude:m=/build/target/release/deps/libm-12.so --extern proc_macro \
    -L native=/build/target/release/build/gen-9/out
    """

  @Test func aLibraryIsTakenApart() throws {
    let out = ["OUT_DIR": "/build/target/release/build/gen-9/out"]
    let found = Self.invocation(Self.library, environment: Self.package.merging(out) { $1 })
    let invocation = try #require(found)
    #expect(invocation.package?.description == "gen 0.2.1")
    #expect(invocation.kind == .library)
    #expect(invocation.stem == "gen_x-0a2e68b502cad0b1")
    #expect(invocation.platform == "x86_64-unknown-linux-gnu")
    #expect(invocation.outFolder == "x86_64-unknown-linux-gnu/release/deps")
    #expect(invocation.features == ["alloc", "std"])
    #expect(
      invocation.externs == [
        "/build/target/release/deps/libcore_x-11.rmeta", "/build/target/release/deps/libm-12.so",
      ])
    #expect(invocation.searched.last == "/build/target/release/build/gen-9/out")
    #expect(invocation.generated == "release/build/gen-9/out")
    #expect(!invocation.arguments.contains { $0.hasPrefix("--json") })
    #expect(!invocation.arguments.contains { $0.hasPrefix("--error-format") })
  }

  @Test(arguments: [
    ("--crate-type proc-macro", "release/deps", "m", RecordedUnit.Kind.procMacro),
    ("--crate-type bin", "release/deps", "one", .program),
    ("--crate-type bin", "release/build/gen-1", "build_script_build", .buildScript),
    ("--crate-type bin", "release/deps", "build_script_build", .program),
    ("--crate-type cdylib --crate-type rlib", "release/deps", "c", .foreignLibrary),
    ("--crate-type staticlib", "release/deps", "c", .foreignLibrary),
    ("--crate-type rlib", "release/deps", "c", .library),
    ("--test", "release/deps", "c", .test),
  ])
  func kindsAreTold(_ options: String, _ folder: String, _ crate: String, kind: RecordedUnit.Kind) {
    let invocation = Self.invocation(
      "--crate-name \(crate) src/x.rs \(options) --out-dir /build/target/\(folder)")
    #expect(invocation?.kind == kind)
  }

  @Test(arguments: [
    "-vV", "- --crate-name ___ --print=file-names --crate-type bin",
    "--crate-name x --out-dir /elsewhere", "--crate-name x --out-dir /build/target/../src",
    "--crate-name a/b --out-dir /build/target/release/deps", "",
    "--crate-name", "--crate-name x --out-dir",
  ])
  func whatIsNoCompilationIsNone(_ arguments: String) {
    #expect(Self.invocation(arguments) == nil)
  }

  @Test func aCommandLineThatWasCutIsNone() {
    let cut = Announcement(
      arguments: ["w", "rustc", "--crate-name", "x", "--out-dir", "/build/target/release/deps"],
      environment: [:], isTruncated: true)
    #expect(Invocation(cut) == nil)
  }

  @Test func onlyInstructionsThatDecideBytesCount() {
    let output = ScriptOutput(
      Array(
        """
        hello
        cargo:rerun-if-changed=a
        cargo::rustc-cfg=fast
        cargo:warning=slow
        cargo::rerun-if-env-changed=CC
        cargo:include=/build/x

        """.utf8))
    #expect(
      String(decoding: output.directives, as: UTF8.self)
        == "cargo::rustc-cfg=fast\ncargo:include=/build/x\n")
    #expect(output.passesValues)
    #expect(output.environment == ["CC"])
    #expect(!ScriptOutput(Array("cargo:rustc-link-lib=z\n".utf8)).passesValues)
  }
}
