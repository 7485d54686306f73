internal import Linux
internal import Planning
internal import Sandboxing
internal import Storing

/// A package of proc macros that rustc loads for a unit.
public struct MacroPackage: Sendable, Equatable {
  public let package: CargoPackage
  public let crate: String
  /// What its macros are named, as far as the root of its sources says so: they can be nowhere else
  /// (Rust reference, "Procedural Macros").
  public let names: [String]

  public init(package: CargoPackage, crate: String, source: [UInt8]) {
    self.package = package
    self.crate = crate
    names = Self.names(in: source)
  }

  /// `Name` of `#[proc_macro_derive(Name)]`, and the function that stands behind `#[proc_macro]` and
  /// `#[proc_macro_attribute]`.
  private static func names(in source: [UInt8]) -> [String] {
    let words = source.split { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "["): false
      default: true
      }
    }.map { String(decoding: $0, as: UTF8.self) }
    var names: [String] = []
    var isWanted = false
    for (index, word) in words.enumerated() where index + 1 < words.count {
      switch word {
      case "[proc_macro_derive": names.append(words[index + 1])
      case "[proc_macro", "[proc_macro_attribute": isWanted = true
      case "fn":
        if isWanted { names.append(words[index + 1]) }
        isWanted = false
      default: break
      }
    }
    return names
  }
}

extension UnitReplay {
  /// The proc macros that rustc loads for the unit.
  public var macros: [MacroPackage] {
    unit.dependencies.compactMap { index in
      guard units.indices.contains(index), units[index].kind == .procMacro,
        let package = units[index].package
      else { return nil }
      return MacroPackage(
        package: package, crate: units[index].crate, source: rootSource(of: units[index]) ?? [])
    }
  }

  private static let longestSource = 4 << 20

  /// The first source that rustc was given for a unit, from the store.
  private func rootSource(of unit: RecordedUnit) -> [UInt8]? {
    guard let launch = remains.launch(of: unit),
      let name = launch.arguments.dropFirst(2).first(where: { argument in
        argument.hasSuffix(".rs") && !argument.hasPrefix("-")
      })
    else { return nil }
    let path = name.hasPrefix("/") ? name : "\(launch.directory)/\(name)"
    guard !path.split(separator: "/").contains("..") else { return nil }
    let trees =
      [(SandboxPaths.source, plan.inputs.source.digest)]
      + plan.inputs.vendors.map { ($0.mountPath, $0.digest) }
    for (folder, digest) in trees where path.hasPrefix(folder + "/") {
      let file = host.store.path(of: digest) + path.dropFirst(folder.utf8.count)
      return try? FileSystem.read(file, limit: Self.longestSource)
    }
    return nil
  }
}
