import Linux
import Reading
import Storing

/// The trees of a kit on their way into the store.
struct KitContents {
  let members: KitMembers
  let trees: IncomingTrees
  private var numbers: [KitTree: Int] = [:]
  private(set) var listings: [KitTree: Tree] = [:]

  /// A stream may hold this many times its own size, which zstd can reach with ordinary files.
  static let ratioLimit: Int64 = 1000
  /// Small ones may have a larger ratio.
  static let contentsFloor: Int64 = 64 << 20

  /// Reads the listings and lays them out.
  init(_ members: KitMembers, store: Store) throws(StagingError) {
    self.members = members
    trees = IncomingTrees(into: store)
    for name in members.manifest.trees {
      let bytes = try members.required(.tree(name))
      listings[name] = try members.listing(bytes, of: name)
    }
  }

  /// The folder that holds the tree, once it was filled.
  func path(of tree: KitTree) -> String? { numbers[tree].map(trees.path) }

  /// Expands and verifies all contents.
  mutating func fill() throws(StagingError) {
    for name in members.manifest.trees {
      guard let tree = listings[name] else { continue }
      let number: Int
      do throws(StoringError) {
        number = try trees.add(tree)
      } catch {
        if case .contradictingSizes(let digest) = error {
          throw members.refusal(.contradictingSizes(digest))
        }
        throw .storing(error)
      }
      numbers[name] = number
      try fill(name, number)
    }
    try storing(try trees.complete())
  }

  private func fill(_ name: KitTree, _ number: Int) throws(StagingError) {
    let part = KitPart.contents(name)
    let size = trees.size(of: number)
    guard let member = members.manifest[part], let declared = members.expandedSize(of: part) else {
      // A tree without contents of its own needs no stream, but may have empty files.
      if size > 0 { throw members.refusal(.lacks(part.name)) }
      if !trees.isThere(number) {
        var writer = trees.writer(of: number)
        _ = try storing(try writer.finish())
      }
      return
    }
    guard size > 0 else { throw members.refusal(.superfluous(part.name)) }
    guard declared == size else {
      throw members.refusal(.contentsSize(part.name, declared: declared, wanted: size))
    }
    let limit = max(Self.contentsFloor, Self.ratioLimit * member.size)
    guard size <= limit else { throw members.refusal(.expansion(size: size, limit: limit)) }
    if !trees.isThere(number) { try expand(part, size: size, to: number) }
  }

  /// zstd(1) does it: the frame and its digest are known to be right by now.
  private func expand(_ part: KitPart, size: Int64, to number: Int) throws(StagingError) {
    var writer = trees.writer(of: number)
    var failure: StoringError?
    let command = Command(
      ["zstd", "-dcq", "--no-progress", "--", members.path(of: part)],
      environment: [("PATH", Machine.environment("PATH") ?? "/usr/bin:/bin"), ("LC_ALL", "C")],
      timeout: 3600)
    let output: Command.Output
    do throws(CommandError) {
      output = try command.run { bytes in
        do throws(StoringError) {
          try writer.take(bytes)
        } catch {
          failure = error
        }
        return failure == nil
      }
    } catch {
      throw .command(error)
    }
    switch failure {
    case nil: break
    case .otherContents(let path, let expected, let actual)?:
      let tree = part.name
      throw members.refusal(
        .wrongFile(tree: tree, path: path, listed: expected, found: actual))
    case .contentsBeyondEnd?:
      throw members.refusal(.expansion(size: size + 1, limit: size))
    case let other?: throw .storing(other)
    }
    let isComplete = try storing(try writer.finish())
    guard output.status == 0, isComplete else {
      let words = output.errorText.split(separator: "\n").joined(separator: "; ")
      throw members.refusal(
        .contentsCorrupt(part.name, words: words.isEmpty ? "it ends too early" : words))
    }
  }
}
