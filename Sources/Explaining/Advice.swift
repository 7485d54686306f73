/// What can be done about a cause.
public struct Advice: Sendable, Hashable {
  /// Where it is to be done.
  public enum Place: String, Sendable, CaseIterable {
    case code
    case manifest = "Cargo.toml"
    /// In what surrounds cargo: its configuration, the environment, the toolchain.
    case build
  }

  public let place: Place
  /// Lower case, one sentence, no period.
  public let text: String
  /// One line to copy from; nil where words say it all.
  public let example: String?

  init(_ place: Place, _ text: String, _ example: String? = nil) {
    self.place = place
    self.text = text
    self.example = example
  }

  /// `in the code, sort the folder's entries before they are used: entries.sort_by_key(…);`
  public var words: String {
    let place =
      switch place {
      case .code: "in the code"
      case .manifest: "in Cargo.toml"
      case .build: "in the build"
      }
    return "\(place), \(text)" + (example.map { ": \($0)" } ?? "")
  }
}
