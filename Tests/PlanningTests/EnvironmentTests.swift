import Planning
import Testing

@Suite struct EnvironmentTests {
  private static func value(_ name: String, _ leg: Plan.Leg) -> String? {
    leg.environment.first { $0.name == name }?.value
  }

  @Test func nothingIsSetTwice() throws {
    for leg in try Example().plan().legs {
      let names = leg.environment.map(\.name)
      #expect(Set(names).count == names.count)
    }
  }

  @Test func conditionsReachTheEnvironment() throws {
    for leg in try Example().plan().legs {
      let conditions = leg.conditions
      #expect(Self.value("HOME", leg) == conditions.home)
      #expect(Self.value("TMPDIR", leg) == conditions.temporary)
      #expect(Self.value("USER", leg) == conditions.userName)
      #expect(Self.value("LOGNAME", leg) == conditions.userName)
      #expect(Self.value("TZ", leg) == conditions.timezone)
      #expect(Self.value("LANG", leg) == conditions.locale)
      #expect(Self.value("LC_ALL", leg) == conditions.locale)
      #expect(Self.value("SOURCE_DATE_EPOCH", leg) == "1600000000")
      #expect(Self.value("CARGO_INCREMENTAL", leg) == "0")
      #expect(Self.value("RUSTC", leg) == "/usr/bin/rustc")
      #expect(Self.value("RUSTC_WRAPPER", leg) == SandboxPaths.wrapper)
    }
  }

  /// RUSTFLAGS in the environment would silently replace the project's own (cargo's reference,
  /// "build.rustflags").
  @Test func rustFlagsAreLeftAlone() throws {
    for leg in try Example().plan().legs {
      #expect(!leg.environment.contains { $0.name.contains("RUSTFLAGS") })
    }
  }

  @Test func flagsForCStandBeforeTheProjectsOwn() throws {
    let remapping = PathRemapping.cFlags(.none).joined(separator: " ")
    let plain = try Example().plan()
    #expect(Self.value("CFLAGS", plain.legs[0]) == remapping)
    #expect(Self.value("CXXFLAGS", plain.legs[0]) == remapping)
    let merged = try Example.plan {
      $0.configured = [
        EnvironmentVariable("CFLAGS", "-O0"), EnvironmentVariable("CFLAGS", "-O1 -DX='a b'"),
        EnvironmentVariable("OTHER", "untouched by the plan: cargo sets it"),
      ]
    }
    for leg in merged.legs {
      #expect(Self.value("CFLAGS", leg) == "\(remapping) -O1 -DX='a b'")
      #expect(Self.value("CXXFLAGS", leg) == remapping)
      #expect(Self.value("OTHER", leg) == nil)
    }
  }

  // MARK: Path remapping

  @Test func everyFolderOfTheSandboxIsRenamed() {
    for path in [
      SandboxPaths.source, SandboxPaths.vendor, SandboxPaths.vendor + "-2", SandboxPaths.cargoHome,
      SandboxPaths.target, SandboxPaths.toolchain, SandboxPaths.home, SandboxPaths.temporary,
    ] {
      let remapping = PathRemapping.standard.first { (path + "/x").hasPrefix($0.from) }
      #expect(remapping?.to == "/", "\(path) would stay in artifacts")
    }
  }

  @Test func compilersGetItInTheirOwnWords() {
    #expect(PathRemapping.rustcArguments(.none) == ["--remap-path-prefix", "/build/=/"])
    #expect(PathRemapping.cFlags(.none) == ["-ffile-prefix-map=/build/=/"])
    let elsewhere = Relocation(root: "/a/b")
    #expect(
      PathRemapping.rustcArguments(elsewhere)
        == ["--remap-path-prefix", "/build/=/", "--remap-path-prefix", "/a/b/=/"])
    #expect(
      PathRemapping.cFlags(elsewhere)
        == ["-ffile-prefix-map=/build/=/", "-ffile-prefix-map=/a/b/=/"])
  }
}
