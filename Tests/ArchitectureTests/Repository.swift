import Linux

/// This package's own checkout.
enum Repository {
  static let path = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

  static func read(_ name: String) throws -> String {
    String(decoding: try FileSystem.read("\(path)/\(name)"), as: UTF8.self)
  }

  /// The Swift files of a room, relative to the package.
  static func swiftFiles(ofRoom room: String) throws -> [String] {
    try files(below: "Sources/\(room)").filter { $0.hasSuffix(".swift") }
  }

  static func rooms() throws -> [String] {
    try Directory("\(path)/Sources").entries().filter { $0.kind == .directory }.map(\.name)
  }

  static func files(below folder: String) throws -> [String] {
    var found: [String] = []
    for entry in try Directory("\(path)/\(folder)").entries() {
      let name = "\(folder)/\(entry.name)"
      switch entry.kind {
      case .directory: found += try files(below: name)
      case .regular: found.append(name)
      default: continue
      }
    }
    return found
  }
}
