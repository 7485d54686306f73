public import Linux
import Reading
public import Staging

/// A registry's token, on its way to the one process that may have it.
public struct RegistryToken: Sendable {
  public let registry: String
  /// The index that it goes to.
  public let index: String
  let value: String

  /// The variable that cargo reads it from (the Cargo book, "Environment variables").
  var variable: String { Self.variable(of: registry) }

  private static func variable(of registry: String) -> String {
    let name = registry.uppercased().map { $0 == "-" || $0 == "." ? "_" : $0 }
    return "CARGO_REGISTRIES_\(String(name))_TOKEN"
  }

  /// Takes the token that the user means by `wish` from CARGO_REGISTRIES_NAME_TOKEN, else from
  /// `credentials.toml` in cargo's folder.
  ///
  /// Cargo sends a token to whatever index goes by the registry's name, and a project may give that
  /// name to any. So the index must be one that the user named: in their own configuration, or in
  /// the wish.
  ///
  /// - Parameters:
  ///   - wish: NAME or NAME=INDEX.
  ///   - order: knows the registries.
  ///   - cargoHome: cargo's own folder.
  ///   - environment: the caller's, by name.
  /// - Returns: the token, for `CrateSupply.run`.
  /// - Throws: where there is none, or where it would go astray.
  public static func find(
    _ wish: String, in order: CrateOrder, cargoHome: String?,
    environment: (String) -> String? = Machine.environment
  ) throws(SupplyingError) -> RegistryToken {
    let parts = wish.split(separator: "=", maxSplits: 1).map(String.init)
    guard let name = parts.first,
      let registry = order.registries.first(where: { $0.name.utf8.elementsEqual(name.utf8) })
    else {
      throw .noSuchRegistry(parts.first ?? "", known: order.registries.map(\.name))
    }
    let index = registry.index
    if parts.count == 2 {
      guard CargoLock.isSame(parts[1], index) else {
        throw .otherIndex(registry: name, wanted: parts[1], found: index, file: registry.file)
      }
    } else if !registry.isUsers {
      throw .indexOfTheProject(registry: name, index: index, file: registry.file)
    }
    guard !isInClear(index) else { throw .tokenInClear(registry: name, index: index) }
    if let value = environment(variable(of: name)), !value.isEmpty {
      return RegistryToken(registry: name, index: index, value: value)
    }
    for file in ["credentials", "credentials.toml"].compactMap({ file in
      cargoHome.map { "\($0)/\(file)" }
    }) {
      guard let bytes = try? FileSystem.read(file, limit: 1 << 20),
        let table = try? TOML.parse(bytes, file: file),
        let value = table["registries"]?.table?[name]?.table?["token"]?.string, !value.isEmpty
      else { continue }
      return RegistryToken(registry: name, index: index, value: value)
    }
    throw .noToken(registry: name, variable: variable(of: name), cargoHome: cargoHome)
  }

  /// Whether everybody on the way could read it.
  static func isInClear(_ index: String) -> Bool {
    let url = index.hasPrefix("sparse+") ? index.dropFirst("sparse+".count) : Substring(index)
    guard url.lowercased().hasPrefix("http://") else { return false }
    let host = url.dropFirst("http://".count).prefix { !"/?#\\".contains($0) }
    let isHere = ["127.0.0.1", "localhost", "[::1]"].contains { name in
      host == name || (host.hasPrefix("\(name):") && !host.contains("@"))
    }
    return !isHere
  }
}
