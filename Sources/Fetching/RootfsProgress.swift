/// How far a rootfs is; for the caller to draw.
public enum RootfsProgress: Sendable, Equatable {
  /// apt resolves the recipe's packages, from archives of any date if this machine's apt is set up to
  /// accept them.
  case resolving(anyDate: Bool)
  /// Bytes and packages that are here and checked, of all.
  case downloading(bytes: Int64, totalBytes: Int64, packages: Int, totalPackages: Int)
  /// Packages laid out, of all.
  case unpacking(packages: Int, totalPackages: Int)
  /// Layers of an image laid out, of all.
  case layering(layers: Int, totalLayers: Int)
  /// The tree is hashed and put into the store.
  case storing
}
