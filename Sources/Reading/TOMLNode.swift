/// A table while the document is being read, when later lines may still add to it.
final class TOMLNode {
  /// What made the table, which decides who may add to it (TOML 1.0, "Table").
  enum Origin {
    /// A longer header passed through: a header of its own may still come, once.
    case passedThrough
    /// Its own header, `[a]` or an element of `[[a]]`.
    case header
    /// A dotted key: further dotted keys may add, a header may not name it.
    case dottedKey
    /// An inline table, closed with its brace.
    case inline
  }

  enum Child {
    case value(TOML.Value)
    case table(TOMLNode)
    /// The elements of `[[a]]`.
    case tables([TOMLNode])
  }

  struct Entry {
    let key: String
    let keyPosition: Position
    let position: Position
    var child: Child
  }

  var origin: Origin
  let position: Position
  /// Levels above this one, over all tables and arrays.
  let depth: Int
  private(set) var entries: [Entry] = []
  /// The entries' numbers by key, where there are too many to look through, as in `TOML.Table`.
  private var index: [ExactString: Int] = [:]

  init(origin: Origin, position: Position, depth: Int) {
    self.origin = origin
    self.position = position
    self.depth = depth
  }

  subscript(key: String) -> Child? {
    guard let number = number(of: key) else { return nil }
    return entries[number].child
  }

  private func number(of key: String) -> Int? {
    entries.count > TOML.Table.mostLookedThrough
      ? index[ExactString(key)] : entries.firstIndex { ExactString($0.key) == ExactString(key) }
  }

  /// Adds a child under a key that is not taken.
  func append(_ child: Child, key: TOMLParser.Key, position: Position) {
    entries.append(
      Entry(key: key.text, keyPosition: key.position, position: position, child: child))
    guard entries.count > TOML.Table.mostLookedThrough else { return }
    for number in index.count..<entries.count { index[ExactString(entries[number].key)] = number }
  }

  /// Adds an element to the array of tables under a key.
  func appendElement(_ node: TOMLNode, key: String) {
    guard let number = number(of: key), case .tables(var nodes) = entries[number].child
    else { return }
    nodes.append(node)
    entries[number].child = .tables(nodes)
  }

  /// The finished table.
  var table: TOML.Table {
    let entries = entries.map { entry in
      let value: TOML.Value =
        switch entry.child {
        case .value(let value): value
        case .table(let node): .table(node.table)
        case .tables(let nodes):
          .array(nodes.map { TOML.Item(value: .table($0.table), position: $0.position) })
        }
      return TOML.Table.Entry(
        key: entry.key, position: entry.keyPosition,
        item: TOML.Item(value: value, position: entry.position))
    }
    return TOML.Table(entries: entries, position: position)
  }
}
