/// How the store's trees are looked at before they are used (docs/store.md), the weaker first.
public enum StoreVerification: String, Sendable, CaseIterable, Comparable {
  /// Hashed only if anything about their files has changed since they were last hashed, as far as
  /// stat(2) tells.
  case cached
  /// Hashed.
  case full

  public static func < (left: StoreVerification, right: StoreVerification) -> Bool {
    left == .cached && right == .full
  }
}
