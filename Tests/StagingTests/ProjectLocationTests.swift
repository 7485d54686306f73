import Failing
import Linux
import Testing

@testable import Staging

@Suite struct ProjectLocationTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func find(_ path: String) throws(StagingError) -> ProjectLocation {
    try ProjectLocation.find("\(scratch.path)/\(path)")
  }

  /// A workspace `w` with the members given.
  private func workspace(_ keys: String, _ members: [String]) throws {
    try scratch.write("[workspace]\n\(keys)\n", to: "w/Cargo.toml")
    try scratch.write("version = 3\n", to: "w/Cargo.lock")
    for member in members {
      try scratch.write(
        "[package]\nname = \"\(member.split(separator: "/").last ?? "")\"\nversion = \"1.0.0\"\n",
        to: "w/\(member)/Cargo.toml")
    }
  }

  @Test func walksUpToTheManifest() throws {
    try scratch.package("p", in: "p")
    for path in ["p", "p/src", "p/Cargo.toml"] {
      let location = try find(path)
      #expect(location.folder == "\(scratch.path)/p")
      #expect(location.workspaceRoot == "\(scratch.path)/p")
      #expect(location.packageNames == ["p"])
    }
  }

  @Test func namesWhatIsMissing() throws {
    try FileSystem.makeDirectories("\(scratch.path)/empty")
    try scratch.write("x", to: "file")
    try scratch.package("p", in: "p")
    try FileSystem.remove("\(scratch.path)/p/Cargo.lock")
    expectFailure(
      "looking for a project: no Cargo.toml in ~/empty or in any folder above it",
      hint: "run it in a Cargo project, or name the project's folder", exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try find("empty") }
    expectFailure(
      "looking for a project: no Cargo.toml in ~/nowhere or in any folder above it",
      hint: "run it in a Cargo project, or name the project's folder", exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try find("nowhere") }
    expectFailure(
      "looking for a project: ~/file is neither a folder nor a Cargo.toml",
      hint: "name a project's folder or its Cargo.toml", exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try find("file") }
    expectFailure(
      "reading ~/p/Cargo.lock: there is no such file",
      hint: "run `cargo generate-lockfile` and commit Cargo.lock", exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try find("p") }
  }

  @Test func findsTheWorkspaceOfAMember() throws {
    try workspace(
      "members = [\"crates/*\", \"tool\"]\nexclude = [\"crates/out\"]",
      [
        "crates/a", "crates/b", "crates/out", "tool",
      ])
    try scratch.write("version = 3\n", to: "w/crates/out/Cargo.lock")
    #expect(try find("w").packageNames == ["a", "b", "tool"])
    #expect(try find("w/crates/b").workspaceRoot == "\(scratch.path)/w")
    #expect(try find("w/crates/b").packageNames == ["b"])
    #expect(try find("w/crates/out").workspaceRoot == "\(scratch.path)/w/crates/out")
  }

  @Test func takesPathDependenciesForMembers() throws {
    try workspace("members = [\"a\"]", ["a", "b"])
    try scratch.write(
      "[package]\nname = \"a\"\nversion = \"1.0.0\"\n[dependencies]\nb = { path = \"../b\" }\n",
      to: "w/a/Cargo.toml")
    #expect(try find("w/b").workspaceRoot == "\(scratch.path)/w")
  }

  @Test func refusesAPackageThatItsWorkspaceDoesNotKnow() throws {
    try workspace("members = [\"a\"]", ["a", "b"])
    expectFailure(
      "finding the workspace of ~/w/b/Cargo.toml: ~/w/Cargo.toml neither names it as a member nor "
        + "excludes it",
      hint: "add it to workspace.members or workspace.exclude in ~/w/Cargo.toml", exit: .usage,
      in: scratch
    ) { () throws(StagingError) in _ = try find("w/b") }
  }

  @Test func followsTheWorkspacePointer() throws {
    try workspace("members = [\"../elsewhere\"]", [])
    try scratch.write(
      "[package]\nname = \"e\"\nversion = \"1.0.0\"\nworkspace = \"../w\"\n",
      to: "elsewhere/Cargo.toml")
    #expect(try find("elsewhere").workspaceRoot == "\(scratch.path)/w")
    try scratch.write(
      "[package]\nname = \"e\"\nversion = \"1.0.0\"\nworkspace = \"../nowhere\"\n",
      to: "elsewhere/Cargo.toml")
    expectFailure(
      "reading ~/elsewhere/Cargo.toml:1:1: package.workspace points to ~/nowhere, which has no "
        + "Cargo.toml with a [workspace]",
      hint: "correct package.workspace", exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try find("elsewhere") }
  }

  @Test func namesAMissingMember() throws {
    try workspace("members = [\"a\", \"gone\"]", ["a"])
    expectFailure(
      "reading ~/w/Cargo.toml: the workspace member gone has no Cargo.toml",
      hint: "correct workspace.members, or add the missing folder", exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try find("w") }
  }

  @Test func namesAMissingPathDependency() throws {
    try scratch.package("p", in: "p", more: "[dependencies]\nq = { path = \"../q\" }\n")
    expectFailure(
      "reading ~/p/Cargo.toml:6:14: the dependency q is to be at ../q, where there is no Cargo.toml",
      hint: "add the missing folder, or correct the path", exit: .usage, in: scratch
    ) { () throws(StagingError) in _ = try find("p") }
  }

  @Test(arguments: [
    ("ab", "a*", true), ("ab", "*b", true), ("ab", "a?", true), ("ab", "?", false),
    ("ab", "[a-c]b", true), ("ab", "[!a]b", false), ("ab", "a[]b]", true), ("a", "[a", false),
    ("crate-1", "crate-*", true), ("", "*", true), ("a-b", "a[-]b", true),
  ])
  func matchesPatterns(name: String, pattern: String, fits: Bool) {
    #expect(FolderPattern.matches(name, pattern) == fits)
  }

  @Test func expandsPatternsOverFolders() throws {
    for folder in ["x/a/one", "x/b/two", "x/b/one"] {
      try FileSystem.makeDirectories("\(scratch.path)/\(folder)")
    }
    func folders(_ pattern: String) -> [String] {
      FolderPattern(pattern).folders(in: scratch.path).map {
        String($0.dropFirst(scratch.path.count + 1))
      }
    }
    #expect(folders("x/*/one") == ["x/a/one", "x/b/one"])
    #expect(folders("x/**/two") == ["x/b/two"])
    #expect(folders("./x/a") == ["x/a"])
    #expect(folders("x/c*") == [])
  }
}
