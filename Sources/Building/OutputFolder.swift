internal import Linux

/// The output of a build while it is made: a hidden folder beside the final one, which takes its
/// place as a whole, or goes away. Where the run is killed meanwhile, the next one to the same place
/// removes it.
public struct OutputFolder: ~Copyable {
  /// The folder to fill.
  public let path: String
  private let place: OutputPlace
  private var scratch: ScratchFolder?

  /// Prepares the final folder `target`, which need not exist. One that exists must be empty or the
  /// output of an earlier build, so that a mistyped name costs nobody a folder.
  public init(_ target: String) throws(BuildingError) {
    let place = try doing("making the output folder \(target)", try OutputPlace(target))
    try place.checkReplaceable()
    let scratch = try doing("making the output folder \(target)", try place.makeScratch())
    path = scratch.path
    self.place = place
    self.scratch = consume scratch
  }

  /// Puts the folder into its final place; what stood there before is removed afterwards.
  public mutating func publish() throws(BuildingError) {
    try place.checkReplaceable()
    try doing("publishing the output", try scratch?.publish(to: place.parent, as: place.name))
    scratch = nil
  }
}

/// Where an output goes.
private struct OutputPlace: ~Copyable {
  let parent: Directory
  let name: String

  init(_ target: String) throws(SystemError) {
    let (parentPath, name) = FileSystem.split(try Self.named(target))
    try FileSystem.makeDirectories(parentPath)
    parent = try Directory(parentPath)
    self.name = name
  }

  func makeScratch() throws(SystemError) -> ScratchFolder {
    let prefix = ".\(name).new"
    try ScratchFolder.removeAbandoned(in: parent.path, prefix: prefix)
    return try ScratchFolder.make(in: parent.path, prefix: prefix)
  }

  /// Refuses everything but nothing, an empty folder and an earlier output.
  func checkReplaceable() throws(BuildingError) {
    let names: Set<String>?
    do throws(SystemError) {
      let isFolder = try parent.status(name).kind == .directory
      names = isFolder ? Set(try parent.directory(name).entriesAsFound().map(\.name)) : nil
    } catch {
      if error.isNotFound { return }
      throw .system("examining the output folder", error)
    }
    guard let names, names.isEmpty || names.isSuperset(of: ["plan.json", "record.json"]) else {
      throw .notAnOutput(path: "\(parent.path)/\(name)")
    }
  }

  /// The path without slashes at its end; `.` and `..` have no name to be replaced under, so their
  /// folder's own is taken.
  private static func named(_ target: String) throws(SystemError) -> String {
    var path = target
    while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
    let isUnnamed = [".", ".."].contains(FileSystem.split(path).name)
    return isUnnamed ? try FileSystem.realPath(path) : path
  }
}

/// Evaluates `body` and says what was being done where the system fails.
private func doing<Value: ~Copyable>(
  _ operation: @autoclosure () -> String, _ body: @autoclosure () throws(SystemError) -> Value
) throws(BuildingError) -> Value {
  do throws(SystemError) {
    return try body()
  } catch {
    throw .system(operation(), error)
  }
}
