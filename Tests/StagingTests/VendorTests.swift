import Failing
import Hashing
import Linux
import Planning
import Reading
import Storing
import Testing

@testable import Staging

@Suite struct VendorTests {
  let scratch: Scratch
  /// A checksum that no archive backs.
  let sum = Digest.hashing("an archive")

  static let config = """
    [source.crates-io]
    replace-with = "vendored-sources"
    [source.vendored-sources]
    directory = "../vendor"

    """

  init() throws { scratch = try Scratch() }

  private func oneCrate(config: String? = VendorTests.config) throws {
    try scratch.project("p", [.init(name: "a", version: "1.0.0", checksum: sum)], config: config)
    try scratch.vendored("a", "1.0.0", checksum: sum, in: "vendor/a")
  }

  private func rejects(
    _ findings: String, hint: String = "run `cargo vendor` again and look at what changes",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    expectFailure(
      "verifying the vendored crates in ~/vendor: \n  " + findings, hint: hint,
      exit: .inputRejected, in: scratch, sourceLocation: sourceLocation
    ) { () throws(StagingError) in _ = try scratch.stage("p") }
  }

  @Test func findsTheConfiguredFolder() throws {
    try oneCrate()
    try scratch.vendored("unneeded", "9.0.0", checksum: nil, in: "vendor/unneeded")
    let staged = try scratch.stage("p")
    #expect(staged.vendors.count == 1)
    #expect(staged.crates[1].level == .vendored)
    #expect(staged.vendors[0].mountPath == "/build/vendor")
    #expect(
      staged.vendors[0].cargoSettings == [
        "source.vendored-sources.directory=\"/build/vendor\"",
        "source.crates-io.replace-with=\"vendored-sources\"",
      ])
    #expect(
      staged.notices.contains(.vendorNotAnchored(folder: "\(scratch.path)/vendor", crates: 1)))
    #expect(staged.cargoLock.packages.map(\.name) == ["p", "a"])
    #expect(staged.configurations.map(\.file) == ["\(scratch.path)/p/.cargo/config.toml"])
  }

  @Test func acceptsFoldersWithVersionsInTheirNames() throws {
    try scratch.project(
      "p",
      [
        .init(name: "a", version: "1.0.0", checksum: sum),
        .init(name: "a", version: "2.0.0+x", checksum: sum),
      ], config: Self.config)
    try scratch.vendored("a", "1.0.0", checksum: sum, in: "vendor/a-1.0.0")
    try scratch.vendored("a", "2.0.0+x", checksum: sum, in: "vendor/a")
    #expect(try scratch.stage("p").vendors.count == 1)
  }

  @Test func needsNoVendorWithoutForeignCrates() throws {
    try scratch.package("p", in: "p")
    #expect(try scratch.stage("p").vendors == [])
  }

  @Test func usesTheFolderThatTheUserNames() throws {
    try oneCrate()
    try scratch.shell("mv vendor elsewhere")
    let staged = try scratch.stage("p") { $0.vendor = "\(scratch.path)/elsewhere" }
    #expect(
      staged.vendors[0].cargoSettings.first
        == "source.vendored-sources.directory=\"/build/vendor\"")
    try scratch.shell("rm -r p/.cargo")
    #expect(
      try scratch.stage("p") { $0.vendor = "\(scratch.path)/elsewhere" }.vendors[0].cargoSettings
        == [
          "source.cupel-vendor.directory=\"/build/vendor\"",
          "source.crates-io.replace-with=\"cupel-vendor\"",
        ])
  }

  @Test func namesAMissingFolder() throws {
    try oneCrate()
    try scratch.shell("rm -r vendor")
    expectFailure(
      "reading the vendored crates in ~/vendor: there is no such folder (~/p/.cargo/config.toml "
        + "names it)",
      hint: "run `cargo vendor`, or name the folder with `--vendor DIR`", exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("p") }
  }

  @Test func saysHowToVendor() throws {
    try oneCrate(config: nil)
    expectFailure(
      "looking for the crates that Cargo.lock names: no vendored sources are configured for 1 "
        + "registry crate (a 1.0.0 for one)",
      hint: "run `cupel fetch` to get their archives, or name a folder of .crate files with "
        + "`--crates DIR` or a vendor folder with `--vendor DIR`",
      exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("p") }
  }

  @Test func namesAGitDependencyThatIsNotVendored() throws {
    try scratch.project(
      "p",
      [.init(name: "g", version: "0.2.0", source: "git+https://example.com/g.git#\(commit)")],
      config: Self.config)
    expectFailure(
      "looking for the crates that Cargo.lock names: g 0.2.0 comes from the git repository "
        + "https://example.com/g.git and is not vendored",
      hint: "run `cargo vendor` and put the lines it prints into .cargo/config.toml, or name a "
        + "vendor folder with `--vendor DIR`",
      exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("p") }
  }

  // MARK: Verification

  @Test func namesMissingCrates() throws {
    try scratch.project(
      "p",
      (0..<12).map { .init(name: "c\($0)", version: "1.0.0", checksum: sum) }, config: Self.config)
    try scratch.vendored("c0", "1.0.1", checksum: sum, in: "vendor/c0")
    rejects(
      (0..<10).map { "c\($0) 1.0.0 is missing" }.joined(separator: "\n  ") + "\n  and 2 more",
      hint: "run `cargo vendor` again")
  }

  @Test func namesAFileThatWasChanged() throws {
    try oneCrate()
    try scratch.write("pub fn g() {}\n", to: "vendor/a/src/lib.rs")
    rejects(
      "the file src/lib.rs of a 1.0.0 is \(Digest.hashing("pub fn g() {}\n")), "
        + ".cargo-checksum.json lists \(Digest.hashing("pub fn f() {}\n"))")
  }

  @Test func namesAFileThatIsMissing() throws {
    try oneCrate()
    try FileSystem.remove("\(scratch.path)/vendor/a/src/lib.rs")
    rejects("a 1.0.0 lacks its file src/lib.rs")
  }

  @Test func namesAWrongPackageChecksum() throws {
    try oneCrate()
    let other = Digest.hashing("another archive")
    try scratch.vendored("a", "1.0.0", checksum: other, in: "vendor/a")
    rejects("a 1.0.0 is of the archive sha256:\(other.hex), Cargo.lock wants \(sum)")
    try scratch.vendored("a", "1.0.0", checksum: nil, in: "vendor/a")
    rejects("a 1.0.0 is of the archive sha256:none, Cargo.lock wants \(sum)")
  }

  @Test func namesBadChecksumFiles() throws {
    try oneCrate()
    for text in ["{}", "{\"files\":{\"a\":1}}", "{\"files\":{},\"package\":1}", "["] {
      try scratch.write(text, to: "vendor/a/.cargo-checksum.json")
      rejects("the .cargo-checksum.json of a 1.0.0 is malformed")
    }
    try FileSystem.remove("\(scratch.path)/vendor/a/.cargo-checksum.json")
    rejects("a 1.0.0 has no .cargo-checksum.json")
  }

  @Test func doesNotFollowListedPathsOutOfTheCrate() throws {
    try oneCrate()
    try scratch.write("secret", to: "secret")
    try scratch.write(
      "{\"files\":{\"../../secret\":\"\(Digest.hashing("secret").hex)\"},\"package\":\"\(sum.hex)\"}",
      to: "vendor/a/.cargo-checksum.json")
    rejects("a 1.0.0 lacks its file ../../secret")
  }

  @Test func showsWhyAManifestCannotBeRead() throws {
    try oneCrate()
    try scratch.write("[package\n", to: "vendor/a/Cargo.toml")
    do {
      _ = try scratch.stage("p")
      Issue.record("a broken manifest was accepted")
    } catch {
      #expect(
        error.message.contains(
          "a 1.0.0 is missing, or unreadable: reading \(scratch.path)/vendor/a/Cargo.toml:1:"))
    }
  }

  @Test func reportsFilesThatNothingVouchesFor() throws {
    try oneCrate()
    try scratch.write(
      "{\"files\":{},\"package\":\"\(sum.hex)\"}", to: "vendor/a/.cargo-checksum.json")
    try scratch.write("patched\n", to: "vendor/a/debian/patch")
    let staged = try scratch.stage("p")
    #expect(staged.crates[1].level == .vendored)
    let notice = Notice.unlistedFiles(folder: "\(scratch.path)/vendor", files: 3, crates: 1)
    #expect(staged.notices.contains(notice))
    #expect(
      notice.text
        == "no .cargo-checksum.json lists 3 files of 1 crate in \(scratch.path)/vendor, so nothing "
        + "vouches for them")
  }

  @Test func refusesWhatNoTreeCanHold() throws {
    try oneCrate()
    try FileSystem.makeSymlink("\(scratch.path)/vendor/a/leak", to: "../../p")
    expectFailure(
      "staging the symlink ~/vendor/a/leak, which leads out of the source to ../../p",
      hint: "let it point to a file of the source, relative to its own folder",
      exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("p") }
    try scratch.shell("rm vendor/a/leak && mkfifo vendor/a/pipe")
    expectFailure(
      "staging the project: reading ~/vendor/a/pipe, which is a fifo and cannot be part of a tree",
      hint: "remove it, or exclude it from the source", exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("p") }
  }

  // MARK: Configuration

  private let commit = "0123456789012345678901234567890123456789"

  @Test func mountsEachFolderOnce() throws {
    let index = "registry+https://example.org/index"
    let git = "git+https://example.com/g.git?branch=ma/in"
    try scratch.project(
      "p",
      [
        .init(name: "a", version: "1.0.0", checksum: sum),
        .init(name: "g", version: "0.2.0", source: "\(git)#\(commit)"),
        .init(name: "r", version: "3.0.0", source: index, checksum: sum),
      ],
      config: Self.config + """
        [registries.mine]
        index = "https://example.org/index"
        [source.mine]
        registry = "https://example.org/index"
        replace-with = "vendored-sources"
        [source."\(git)"]
        git = "https://example.com/g.git"
        branch = "ma/in"
        replace-with = "git-sources"
        [source.git-sources]
        directory = "git vendor"

        """)
    try scratch.vendored("a", "1.0.0", checksum: sum, in: "vendor/a")
    try scratch.vendored("r", "3.0.0", checksum: sum, in: "vendor/r")
    try scratch.vendored("g", "0.2.0", checksum: nil, in: "p/git vendor/g")
    let staged = try scratch.stage("p")
    #expect(staged.vendors.map(\.mountPath) == ["/build/vendor", "/build/vendor-2"])
    #expect(
      staged.vendors.map(\.cargoSettings) == [
        [
          "source.vendored-sources.directory=\"/build/vendor\"",
          "source.crates-io.replace-with=\"vendored-sources\"",
          "source.mine.registry=\"https://example.org/index\"",
          "source.mine.replace-with=\"vendored-sources\"",
        ],
        [
          "source.git-sources.directory=\"/build/vendor-2\"",
          "source.\"\(git)\".git=\"https://example.com/g.git\"",
          "source.\"\(git)\".branch=\"ma/in\"",
          "source.\"\(git)\".replace-with=\"git-sources\"",
        ],
      ])
    try expectCargoAccepts(staged)
  }

  @Test func makesSettingsUpForAFolderThatIsNotConfigured() throws {
    let git = "git+https://example.com/g.git"
    try scratch.project(
      "p",
      [
        .init(name: "a", version: "1.0.0", checksum: sum),
        .init(name: "g", version: "0.2.0", source: "\(git)#\(commit)"),
        .init(name: "r", version: "3.0.0", source: "sparse+https://example.org/i/", checksum: sum),
      ])
    try scratch.vendored("a", "1.0.0", checksum: sum, in: "vendor/a")
    try scratch.vendored("r", "3.0.0", checksum: sum, in: "vendor/r")
    try scratch.vendored("g", "0.2.0", checksum: nil, in: "vendor/g")
    let staged = try scratch.stage("p") { $0.vendor = "\(scratch.path)/vendor" }
    #expect(
      staged.vendors.map(\.cargoSettings) == [
        [
          "source.cupel-vendor.directory=\"/build/vendor\"",
          "source.crates-io.replace-with=\"cupel-vendor\"",
          "source.\"git+https://example.com/g.git\".git=\"https://example.com/g.git\"",
          "source.\"git+https://example.com/g.git\".replace-with=\"cupel-vendor\"",
          "source.\"sparse+https://example.org/i/\".registry=\"sparse+https://example.org/i/\"",
          "source.\"sparse+https://example.org/i/\".replace-with=\"cupel-vendor\"",
        ]
      ])
    try expectCargoAccepts(staged)
  }

  /// Where there is a cargo, it resolves the project with the settings and nothing else.
  private func expectCargoAccepts(_ staged: StagedProject) throws {
    var arguments = ["metadata", "--format-version", "1", "--locked", "--offline"]
    for vendor in staged.vendors {
      for setting in vendor.cargoSettings {
        let path = scratch.store.path(of: vendor.digest)
        let here =
          setting.hasSuffix("directory=\"\(vendor.mountPath)\"")
          ? setting.dropLast(vendor.mountPath.utf8.count + 1) + "\(path)\"" : setting[...]
        arguments += ["--config", String(here)]
      }
    }
    _ = try scratch.cargo(arguments, in: scratch.store.path(of: staged.source.digest))
  }

  @Test func looksForTheVendorFolderAboveTheSource() throws {
    try oneCrate(config: nil)
    try scratch.commitAll(in: "p")
    try scratch.write(
      Self.config.split(separator: "\n").joined(separator: "\n")
        .replacing("../vendor", with: "vendor"),
      to: ".cargo/config.toml")
    try scratch.write("[net]\noffline = true\n", to: "home/config.toml")
    let staged = try scratch.stage("p") { $0.cargoHome = "\(scratch.path)/home" }
    #expect(staged.vendors.count == 1)
    #expect(staged.configurations.isEmpty)
    #expect(
      staged.notices.map(\.text) == [
        "1 crate in \(scratch.path)/vendor is checked against .cargo-checksum.json only, which nobody "
          + "vouches for: give archives with `--crates`",
        "\(scratch.path)/.cargo/config.toml is used only to find the crates: it is not "
          + "part of the source",
        "\(scratch.path)/home/config.toml is not used: a build must not depend on files outside "
          + "its source",
      ])
  }

  @Test func takesTheOldNameFirstAndTheNearestFile() throws {
    try oneCrate(config: "[source.crates-io]\nreplace-with = \"nowhere\"\n")
    try scratch.write(Self.config, to: "p/.cargo/config")
    let staged = try scratch.stage("p")
    #expect(staged.configurations.map(\.file) == ["\(scratch.path)/p/.cargo/config"])
    #expect(staged.vendors.count == 1)
  }

  @Test func namesChainsThatLeadNowhere() throws {
    try oneCrate(config: "[source.crates-io]\nreplace-with = \"gone\"\n")
    expectFailure(
      "staging the project: reading ~/p/.cargo/config.toml:1:1: crates-io -> gone is not defined",
      exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("p") }
    try oneCrate(
      config: "[source.crates-io]\nreplace-with = \"a\"\n[source.a]\nreplace-with = \"crates-io\"\n"
    )
    expectFailure(
      "staging the project: reading ~/p/.cargo/config.toml:3:1: crates-io -> a -> crates-io leads in "
        + "a circle",
      exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("p") }
  }

  @Test func mergesTheEnvironmentThatCargoWillSet() throws {
    try scratch.package("p", in: "repo/p")
    try scratch.write("[env]\nA = \"outer\"\nCFLAGS = \"-O1\"\n", to: "repo/.cargo/config.toml")
    try scratch.write(
      "[env]\nA = { value = \"etc/a\", relative = true }\n", to: "repo/p/.cargo/config.toml")
    try scratch.commitAll(in: "repo")
    #expect(
      try scratch.stage("repo/p").configuredEnvironment == [
        EnvironmentVariable("A", "/build/src/p/etc/a"), EnvironmentVariable("CFLAGS", "-O1"),
      ])
  }

  @Test func refusesSettingsThatCannotWork() throws {
    try oneCrate(config: Self.config + "[build]\nrustc-wrapper = \"sccache\"\n")
    expectFailure(
      "reading ~/p/.cargo/config.toml: build.rustc-wrapper in line 6 cannot work: the sandbox holds "
        + "no programs but those of its rootfs and toolchain",
      hint: "take the setting out, or set it in $CARGO_HOME/config.toml, which is not used",
      exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("p") }
  }

  @Test func namesALockThatIsBroken() throws {
    try scratch.package("p", in: "p")
    try scratch.write("version = 9\n", to: "p/Cargo.lock")
    expectFailure(
      "staging the project: reading ~/p/Cargo.lock:1:11: version 9 is not supported, only lock file "
        + "versions 1 to 4",
      exit: .inputRejected, in: scratch
    ) { () throws(StagingError) in _ = try scratch.stage("p") }
  }
}
