import Linux
import Reading
import Testing

extension Scene {
  /// Copies the honest fixture to `name` and commits it to git. Returns the repository's folder.
  func layOutHonestProject(_ name: String = "project", commits: Bool = true) throws -> String {
    let folder = "\(path)/\(name)"
    try shell("cp -R \"$1/honest\" \"$2\"", [try person.fixtures, folder])
    if commits { try commit(folder) }
    return folder
  }

  /// Makes a repository of `folder` with everything in one commit, the same on every machine.
  func commit(_ folder: String) throws {
    try shell(
      """
      cd "$1"
      export GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'
      git init -q
      git add --all
      git -c user.name=test -c user.email=test@localhost commit -q -m 'Add the project'
      """, [folder])
  }

  /// A package of one program, which `edit`, a shell script in its folder, may change.
  func layOutTinyProject(_ name: String = "tiny", edit: String = "") throws -> String {
    let folder = "\(path)/\(name)"
    try shell(
      """
      mkdir -p "$1/src"
      cd "$1"
      cat > Cargo.toml <<'END'
      [package]
      name = "tiny"
      version = "0.1.0"
      edition = "2021"
      END
      cat > Cargo.lock <<'END'
      version = 3

      [[package]]
      name = "tiny"
      version = "0.1.0"
      END
      echo 'fn main() {}' > src/main.rs
      \(edit)
      """, [folder])
    return folder
  }

  /// `cupel build`, its output in `out` below the scene's folder unless options say otherwise.
  func build(
    _ project: String, _ options: [String] = [], timeout: Double = 240
  ) throws -> Command.Output {
    let out = options.contains("--out") ? [] : ["--out", "\(path)/out"]
    return try cupel(["build", project] + out + options, timeout: timeout)
  }

  /// A file of the output folder as JSON.
  func json(_ name: String) throws -> JSON {
    let file = "\(path)/out/\(name)"
    return try JSON(parsing: FileSystem.read(file), file: file)
  }

  /// Every file below a folder, with its SHA-256, sorted by name.
  func sums(_ folder: String) throws -> String {
    try shell("cd \"$1\"; find . -type f -print0 | sort -z | xargs -0 sha256sum", [folder])
  }
}
