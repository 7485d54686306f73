internal import Comparing
internal import Failing
internal import Hashing
public import Reading

extension Inspection {
  /// Documented in docs/sbom.md.
  public var json: JSON {
    func list(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }
    func text(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
    return .object([
      ("schema", "cupel-inspection/1"),
      ("file", .string(path)),
      ("size", .integer(size)),
      ("digest", .string(digest.description)),
      ("type", .string(type)),
      ("machine", .string(machine)),
      ("bits", .integer(Int64(bits))),
      ("byteOrder", isBigEndian ? "big" : "little"),
      ("interpreter", text(interpreter)),
      ("needed", list(dynamic?.needed ?? [])),
      ("soname", text(dynamic?.soname)),
      ("rpath", text(dynamic?.rpath)),
      ("runpath", text(dynamic?.runpath)),
      ("isDynamic", .bool(dynamic != nil)),
      ("bindNow", .bool(dynamic?.bindsNow == true)),
      ("relro", .string(relro.rawValue)),
      ("executableStack", hasExecutableStack.map { .bool($0) } ?? .null),
      ("stripped", .bool(isStripped)),
      ("debugInformation", .bool(hasDebugInformation)),
      ("buildId", text(buildID)),
      ("compilers", list(compilers)),
      ("dependencies", dependencies?.json ?? .null),
    ])
  }

  /// For people.
  public var words: String {
    var lines = [
      path.printable,
      "  \(size) bytes  \(digest)",
      "  \(type), \(machine), \(bits) bits, \(isBigEndian ? "big" : "little")-endian",
    ]
    func add(_ name: String, _ text: String?) {
      if let text { lines.append("  \(name): \(text.printable)") }
    }
    add("interpreter", interpreter)
    add("soname", dynamic?.soname)
    if let dynamic {
      let needed = dynamic.needed.map(\.printable).joined(separator: ", ")
      lines.append("  needs: \(dynamic.needed.isEmpty ? "no shared libraries" : needed)")
    } else if type != "object" {
      lines.append("  needs: nothing, it is linked statically")
    }
    add("rpath", dynamic?.rpath)
    add("runpath", dynamic?.runpath)
    if type != "object" {
      let stack =
        switch hasExecutableStack {
        case true?: "executable stack"
        case false?: "no executable stack"
        case nil: "stack not marked"
        }
      let binding = dynamic?.bindsNow == true ? "binds at start" : "binds lazily"
      let parts = ["RELRO \(relro.rawValue)", stack] + (dynamic == nil ? [] : [binding])
      lines.append("  \(parts.joined(separator: ", "))")
    }
    lines.append(
      "  \(isStripped ? "stripped" : "with symbols"), "
        + "\(hasDebugInformation ? "with" : "without") debug information")
    add("build-id", buildID)
    for compiler in compilers { add("made by", compiler) }
    lines += dependencyLines
    return lines.map { $0 + "\n" }.joined()
  }

  private var dependencyLines: [String] {
    guard let dependencies else { return ["  no list of packages (.dep-v0)"] }
    let count = dependencies.packages.count
    var lines = ["  packages (.dep-v0): \(count)"]
    for package in dependencies.packages {
      var marks = [package.source]
      if package.isRoot { marks.append("root") }
      if package.isBuild { marks.append("build only") }
      lines.append(
        "    \(package.name) \(package.version) (\(marks.joined(separator: ", ")))".printable)
    }
    return lines
  }
}
