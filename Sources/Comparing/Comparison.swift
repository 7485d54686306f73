/// The artifacts of two builds, matched by name and compared.
public struct Comparison: Sendable, Equatable {
  public enum Result: Sendable, Equatable {
    case identical
    case different(FileDifference)
    case onlyInFirst
    case onlyInSecond
  }

  /// The artifacts of one name.
  public struct Entry: Sendable, Equatable {
    public let name: String
    public let first: Artifact?
    public let second: Artifact?
    public let result: Result
  }

  /// In the order of the names' bytes.
  public let entries: [Entry]

  /// Compares every byte of every artifact that both builds have.
  public init(_ first: [Artifact], _ second: [Artifact]) throws(ComparingError) {
    let firsts = try Self.sorted(first)[...]
    let seconds = try Self.sorted(second)[...]
    entries = try Self.merge(firsts, seconds)
  }

  private static func sorted(_ artifacts: [Artifact]) throws(ComparingError) -> [Artifact] {
    let sorted = artifacts.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for (artifact, next) in zip(sorted, sorted.dropFirst())
    where artifact.name.utf8.elementsEqual(next.name.utf8) {
      throw .repeatedName(artifact.name)
    }
    return sorted
  }

  private static func merge(
    _ firsts: ArraySlice<Artifact>, _ seconds: ArraySlice<Artifact>
  ) throws(ComparingError) -> [Entry] {
    var firsts = firsts
    var seconds = seconds
    var entries: [Entry] = []
    while !firsts.isEmpty || !seconds.isEmpty {
      if let a = firsts.first, seconds.first.map({ precedes(a, $0) }) ?? true {
        entries.append(Entry(name: a.name, first: a, second: nil, result: .onlyInFirst))
        firsts.removeFirst()
      } else if let b = seconds.first, firsts.first.map({ precedes(b, $0) }) ?? true {
        entries.append(Entry(name: b.name, first: nil, second: b, result: .onlyInSecond))
        seconds.removeFirst()
      } else {
        let (a, b) = (firsts.removeFirst(), seconds.removeFirst())
        let difference = try FileDifference.between(a, b)
        let result = difference.map { Result.different($0) } ?? .identical
        entries.append(Entry(name: a.name, first: a, second: b, result: result))
      }
    }
    return entries
  }

  private static func precedes(_ a: Artifact, _ b: Artifact) -> Bool {
    a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
  }
}
