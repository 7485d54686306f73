public import Building
public import Hashing
public import Reading

/// What a linker put into one artifact beside the Rust code that rustc compiled for it, and whose it
/// is.
public struct LinkedParts: Sendable {
  public enum Owner: Hashable, Sendable {
    /// A position in the inventory's list of crates.
    case crate(Int)
    case system(RecordedLink.SystemPackage)
    /// The libraries that come with rustc.
    case toolchain
    case unknown
  }

  /// A file, or a member of an archive.
  public struct Part: Sendable {
    public let owner: Owner
    /// `libz.so.1.2.13`, `libgcc.a(unwind-dw2.o)`.
    public let name: String
    /// The path inside the sandbox, with the member.
    public let location: String
    public let digest: Digest?
    /// Bytes of the artifact that came from it; 0 for shared libraries.
    public let linked: Int64
    /// Whether the artifact asks for it when it starts.
    public let isShared: Bool
    /// Whether it is Rust code, which the crate stands for.
    public let isRust: Bool
  }

  /// A library that a build script declares, of which nothing was linked.
  public struct Unused: Sendable, Equatable {
    public let package: CargoPackage
    /// As written.
    public let library: String
  }

  /// In the order of their locations.
  public let parts: [Part]
  /// What the artifact asks for and no file that the linker opened answers to.
  public let unresolved: [String]
  public let declaredNotLinked: [Unused]
  /// Names of parts that no build script declares and that Rust's own libraries do not bring.
  public let linkedNotDeclared: [String]
  /// Whose map it is; nil where there is none.
  public let form: LinkMap.Form?
  /// What could not be read of the linker's words, or is not believed.
  public let defects: [String]

  /// What the standard library links on Linux (library/unwind/src/lib.rs and the crate libc), what a
  /// C compiler adds to every link, and what glibc's own scripts name.
  private static let standard: Set<String> = [
    "c", "m", "rt", "pthread", "util", "dl", "gcc", "gcc_s", "gcc_eh", "c_nonshared",
    "pthread_nonshared", "mvec", "ld-linux-x86-64", "ld-linux-aarch64", "ssp_nonshared",
  ]

  /// Folders that no build can write into.
  private static let fixed = ["/usr/", "/build/toolchain/"]

  init(_ link: RecordedLink, crates: [Inventory.Crate], units: [RecordedUnit]) {
    let owners = CrateOwners(crates: crates, units: units)
    var parts: [Part] = []
    for input in link.inputs {
      let isRustLibrary =
        input.path.contains("/rustlib/") && Self.fixed.contains { input.path.hasPrefix($0) }
      let owner: Owner =
        if let crate = owners.crate(of: input.path, artifact: link.crate + link.hash) {
          .crate(crate)
        } else if isRustLibrary {
          .toolchain
        } else if let package = input.package {
          .system(package)
        } else {
          .unknown
        }
      let file = String(input.path.split(separator: "/").last ?? "")
      if input.kind == .archive {
        for member in input.members {
          parts.append(
            Part(
              owner: owner, name: "\(file)(\(member.name))",
              location: "\(input.path)(\(member.name))", digest: member.digest,
              linked: member.linked, isShared: false,
              isRust: Self.isRust(member.name) || owner == .toolchain))
        }
      } else if input.contributes {
        parts.append(
          Part(
            owner: owner, name: file, location: input.path, digest: input.digest,
            linked: input.linked, isShared: input.kind == .shared,
            isRust: Self.isRust(file) || owner == .toolchain))
      }
    }
    self.parts = parts
    let answered = Set(
      link.inputs.filter { $0.kind == .shared && $0.contributes }.map { input in
        Array((input.soname ?? String(input.path.split(separator: "/").last ?? "")).utf8)
      })
    unresolved = link.needed.filter { !answered.contains(Array($0.utf8)) }
    form = link.form
    defects = link.defects
    let declared = Self.declared(crates)
    declaredNotLinked = declared.filter { !Self.isLinked($0.library, of: $0.crate, in: parts) }.map
    {
      Unused(package: crates[$0.crate].package, library: $0.library)
    }
    let names = Set(declared.map { Self.name(of: $0.library) })
    let withNative = Set(declared.map(\.crate))
    var undeclared: [String] = []
    for part in parts where !part.isRust && (part.linked > 0 || part.isShared) {
      switch part.owner {
      case .crate(let crate) where withNative.contains(crate): continue
      case .crate, .unknown, .toolchain, .system:
        guard let library = Self.library(part.name) else {
          // Objects of the C compiler and C library that begin and end every program.
          if case .system = part.owner { continue }
          undeclared.append(part.name)
          continue
        }
        if !names.contains(library), !Self.standard.contains(library) {
          undeclared.append(part.name)
        }
      }
    }
    linkedNotDeclared = Set(undeclared).sortedByBytes
  }

  /// rustc's objects, and what it adds to each library and link.
  private static func isRust(_ name: String) -> Bool {
    name.hasSuffix(".rcgu.o") || name == "lib.rmeta" || name == "symbols.o"
      || name.hasSuffix(".rcgu.rmeta")
  }

  private static func declared(
    _ crates: [Inventory.Crate]
  ) -> [(crate: Int, library: String)] {
    crates.indices.filter { crates[$0].isLinked }.flatMap { index in
      crates[index].libraries.map { (index, $0) }
    }
  }

  private static func isLinked(_ library: String, of crate: Int, in parts: [Part]) -> Bool {
    let name = name(of: library)
    let isStatic = library.hasPrefix("static")
    return parts.contains { part in
      guard part.linked > 0 || part.isShared, !part.isRust else { return false }
      if self.library(part.name) == name { return true }
      return isStatic && part.owner == .crate(crate)
    }
  }

  /// `[KIND[:MODIFIERS]=]NAME[:RENAME]` (rustc book, "Command-line Arguments", `-l`).
  private static func name(of library: String) -> String {
    let name = library.split(separator: "=", maxSplits: 1).last ?? ""
    let file = String(name.split(separator: ":").first ?? "")
    // With the modifier `+verbatim` it is a file's name.
    return self.library(file) ?? file
  }

  /// `z` for `libz.so.1.2.13` and `libz.a(inflate.o)`; nil for names of other forms.
  private static func library(_ name: String) -> String? {
    let file = name.split(separator: "(").first ?? ""
    if file.hasPrefix("ld-linux") { return String(file.prefix { $0 != "." }) }
    guard file.hasPrefix("lib"),
      let end = file.firstRange(of: ".so") ?? file.firstRange(of: ".a")
    else { return nil }
    return String(file[..<end.lowerBound].dropFirst(3))
  }
}

/// Finds the crate that a file in the target folder or among the vendored sources is of.
private struct CrateOwners {
  private var outputs: [[UInt8]: Int] = [:]
  private var runs: [[UInt8]: Int] = [:]
  private var folders: [[UInt8]: Int] = [:]
  private var makers: [[UInt8]: Int] = [:]

  init(crates: [Inventory.Crate], units: [RecordedUnit]) {
    let places = Dictionary(uniqueKeysWithValues: crates.enumerated().map { ($1.package, $0) })
    for unit in units {
      guard let crate = unit.package.flatMap({ places[$0] }) else { continue }
      for output in unit.outputs { outputs[Array(output.name.utf8)] = crate }
      if unit.kind == .buildScriptRun { runs[Array(unit.hash.utf8)] = crate }
      makers[Array((unit.crate + unit.hash).utf8)] = crate
    }
    for (place, crate) in crates.enumerated() {
      folders[Array(crate.package.name.utf8)] = place
      folders[Array("\(crate.package.name)-\(crate.package.version)".utf8)] = place
    }
  }

  /// `artifact` is what the names of the objects begin with that rustc makes for the link.
  func crate(of path: String, artifact: String) -> Int? {
    let parts = path.split(separator: "/").map { Array($0.utf8) }
    guard parts.count > 2, parts[0].elementsEqual("build".utf8) else { return nil }
    if parts[1].elementsEqual("target".utf8) {
      let name = Array(parts[2...].joined(separator: [UInt8(ascii: "/")]))
      if let crate = outputs[name] { return crate }
      // `release/build/NAME-HASH/out/…`
      for index in 2..<(parts.count - 1) where parts[index].elementsEqual("build".utf8) {
        if let crate = runs[parts[index + 1]] { return crate }
      }
      let file = parts[parts.count - 1]
      return file.starts(with: artifact.utf8) ? makers[Array(artifact.utf8)] : nil
    }
    // `/build/vendor`, `/build/vendor-2`, …
    return parts[1].starts(with: "vendor".utf8) ? folders[parts[2]] : nil
  }
}
