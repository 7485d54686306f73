import Failing
import Linux
import Reading

/// Recipes and sandbox profiles that come with the executable; the files in rootfs-recipes/ and
/// profiles/ themselves.
enum EmbeddedData {
  static let defaultRecipeName = "debian-bookworm-rust"
  static let defaultProfileName = "cargo-build"

  private static let recipes: [(name: String, text: [UInt8])] = [
    ("debian-bookworm-rust", PackageResources.debian_bookworm_rust_toml),
    ("debian-bookworm-rust-1.63", PackageResources.debian_bookworm_rust_1_63_toml),
    ("debian-bookworm-rust-sys", PackageResources.debian_bookworm_rust_sys_toml),
  ]

  private static let profiles: [(name: String, text: [UInt8])] = [
    ("cargo-build", PackageResources.cargo_build_toml)
  ]

  /// An embedded recipe by name, or one in a file when `name` ends in `.toml`.
  static func recipe(_ name: String) throws -> Recipe {
    let text = try text(name, among: recipes, what: "recipe")
    return try Recipe(parsing: text, file: name)
  }

  /// An embedded profile by name, or one in a file when `name` ends in `.toml`, and its text.
  static func profile(_ name: String) throws -> (profile: Profile, text: [UInt8]) {
    let text = try text(name, among: profiles, what: "sandbox profile")
    return (try Profile(parsing: text, file: name), text)
  }

  private static func text(
    _ name: String, among embedded: [(name: String, text: [UInt8])], what: String
  ) throws -> [UInt8] {
    if name.hasSuffix(".toml") {
      do {
        return try FileSystem.read(name, limit: 1 << 20)
      } catch {
        throw UsageError("reading the \(what) \(name)", cause: error)
      }
    }
    guard let found = embedded.first(where: { $0.name == name }) else {
      throw UsageError(
        "choosing the \(what) `\(name)`: there is none of this name",
        hint: "name one of \(embedded.map(\.name).joined(separator: ", ")), or a .toml file")
    }
    return found.text
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
