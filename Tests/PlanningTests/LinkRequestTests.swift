import Planning
import Testing

@Suite struct LinkRequestTests {
  private func request(_ more: String..., type: String = "bin") -> LinkRequest {
    LinkRequest(
      rustc: [
        "/usr/bin/rustc", "--crate-name", "app", "src/main.rs", "--crate-type", type,
        "--emit=dep-info,link", "-C", "extra-filename=-0123",
      ] + more)
  }

  @Test func asksTheLinkersOfArtifacts() {
    for type in ["bin", "cdylib", "dylib", "staticlib,cdylib"] {
      #expect(request(type: type) == .asked(stem: "app-0123"), "\(type)")
    }
    #expect(request("--crate-type", "rlib", type: "cdylib") == .asked(stem: "app-0123"))
    #expect(request("--target", "aarch64-unknown-linux-gnu") == .asked(stem: "app-0123"))
    #expect(request("-Clinker=/opt/cross/bin/clang") == .asked(stem: "app-0123"))
    // Names of folders and of crates are no options of the linker.
    #expect(
      request("-L", "/home/a-Map/dependency-file", "--extern", "x=/build/b-Map.rlib", "-Clto=fat")
        == .asked(stem: "app-0123"))
    #expect(request("-Clink-arg=-L/a-Map/dependency-file") == .asked(stem: "app-0123"))
    #expect(request("-C", "linker-flavor=gnu-lld-cc") == .asked(stem: "app-0123"))
  }

  @Test func asksNobodyWhereNothingIsLinkedForOthers() {
    for type in ["rlib", "lib", "proc-macro", "staticlib"] {
      #expect(request(type: type) == .nothing, "\(type)")
    }
    #expect(request("--test") == .nothing)
    #expect(request("--emit=metadata") == .nothing)
    #expect(request("--crate-name", "build_script_build") == .nothing)
    #expect(request("--crate-name", "../../x") == .nothing)
    #expect(request("-C", "extra-filename=/x") == .nothing)
    #expect(LinkRequest(rustc: []) == .nothing)
  }

  @Test func saysWhyNobodyCanBeAsked() {
    func reason(_ request: LinkRequest) -> String {
      if case .notAsked(let reason) = request { reason } else { "\(request)" }
    }
    #expect(reason(request("-Clink-arg=-Wl,-Map=x")).contains("for itself"))
    #expect(reason(request("-C", "link-args=--dependency-file x")).contains("for itself"))
    for value in [
      "link-arg=-Wl,--Map=x", "link_args=-lm -Map x", "link-args=-Xlinker -Map=x",
      "link-arg=-Wl,-z,now,--dependency-file=x", "pre-link-args=-Wl,-dependency-file,x",
    ] {
      for arguments in [["-C", value], ["-C\(value)"], ["--codegen", value]] {
        let request = LinkRequest(
          rustc: ["--crate-name", "app", "--crate-type", "bin", "--emit=link"] + arguments)
        #expect(reason(request).contains("for itself"), "\(arguments)")
      }
    }
    for linker in ["linker=rust-lld", "linker=/usr/bin/ld.gold", "linker-flavor=gnu-lld"] {
      #expect(reason(request("-C", linker)).contains("without a compiler driver"), "\(linker)")
      #expect(reason(request("-C\(linker)")).contains("without a compiler driver"), "\(linker)")
    }
    #expect(reason(request("--target", "wasm32-unknown-unknown")).contains("not Linux"))
    #expect(reason(request("--crate-type", "dylib", type: "cdylib")).contains("several files"))
  }
}
