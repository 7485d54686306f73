import Failing
import Linux
import Reading

/// Recipes and sandbox profiles that come with the executable; the files in rootfs-recipes/ and
/// profiles/ themselves.
enum EmbeddedData {
  static let defaultRecipeName = "debian-bookworm-rust"
  static let defaultProfileName = EmbeddedProfile.cargoBuild.rawValue
  static let shellProfileName = EmbeddedProfile.shell.rawValue
  static let fetchProfileName = EmbeddedProfile.fetch.rawValue

  private static let recipes: [(name: String, text: [UInt8])] = [
    ("debian-bookworm-rust", PackageResources.debian_bookworm_rust_toml),
    ("debian-bookworm-rust-1.63", PackageResources.debian_bookworm_rust_1_63_toml),
    ("debian-bookworm-rust-sys", PackageResources.debian_bookworm_rust_sys_toml),
  ]

  /// The public key of Rust's releases, armored, as Debian's source package of rustc has it
  /// (debian/upstream/signing-key.asc).
  static var rustReleaseKey: [UInt8] { PackageResources.rust_release_key_asc }

  static var profileNames: [String] { EmbeddedProfile.allCases.map(\.rawValue) }

  /// An embedded recipe by name, or one in a file when `name` ends in `.toml`.
  static func recipe(_ name: String) throws -> Recipe {
    let embedded = recipes.first { $0.name == name }?.text
    let text = try text(name, embedded, among: recipes.map(\.name), what: "recipe")
    return try Recipe(parsing: text, file: name)
  }

  /// An embedded profile by name, or one in a file when `name` ends in `.toml`; and the texts that
  /// decide it, its own first, then those of the profiles it extends.
  static func profile(_ name: String) throws -> (profile: Profile, texts: [[UInt8]]) {
    let text = try text(
      name, EmbeddedProfile(rawValue: name)?.text, among: profileNames, what: "sandbox profile")
    return try resolve(text, file: name)
  }

  /// Profiles extend embedded ones only, none of which extends itself.
  private static func resolve(
    _ text: [UInt8], file: String
  ) throws(ReadingError) -> (profile: Profile, texts: [[UInt8]]) {
    var texts = [text]
    let profile = try Profile(parsing: text, file: file) { name throws(ReadingError) in
      guard let base = EmbeddedProfile(rawValue: name) else { return nil }
      let resolved = try resolve(base.text, file: name)
      texts += resolved.texts
      return resolved.profile
    }
    return (profile, texts)
  }

  private static func text(
    _ name: String, _ embedded: [UInt8]?, among names: @autoclosure () -> [String], what: String
  ) throws -> [UInt8] {
    if name.hasSuffix(".toml") {
      do {
        return try FileSystem.read(name, limit: 1 << 20)
      } catch {
        throw UsageError("reading the \(what) \(name)", cause: error)
      }
    }
    guard let embedded else {
      throw UsageError(
        "choosing the \(what) `\(name)`: there is none of this name",
        hint: "name one of \(names().joined(separator: ", ")), or a .toml file")
    }
    return embedded
  }
}

/// Something about the command line that only the command itself can judge.
struct UsageError: Failure {
  let message: String
  let cause: (any Failure)?
  let hint: String?
  var exitCode: Failing.ExitCode { .usage }

  init(_ message: String, cause: (any Failure)? = nil, hint: String? = nil) {
    self.message = message
    self.cause = cause
    self.hint = hint
  }
}
