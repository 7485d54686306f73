public import Hashing

/// How one entry of a tree differs from what it should be; one of both is there.
public struct TreeDifference: Sendable, Equatable, CustomStringConvertible {
  public enum Item: Sendable, Equatable {
    case file(Digest, isExecutable: Bool)
    case folder
    case symlink(target: String)
  }

  public let expected: Item?
  public let found: Item?

  /// What follows the path in a sentence.
  public var description: String {
    switch (expected, found) {
    case (let expected?, nil): "is missing, the tree has \(Self.word(expected)) there"
    case (nil, let found?): "is \(Self.word(found)), the tree has nothing there"
    case (.file(let expected, let isExecutable)?, .file(let found, _)?) where expected == found:
      isExecutable
        ? "is not executable, in the tree it is" : "is executable, in the tree it is not"
    case (let expected?, let found?):
      "is \(Self.word(found)), in the tree it is \(Self.word(expected))"
    case (nil, nil): "is as it should be"
    }
  }

  private static func word(_ item: Item) -> String {
    switch item {
    case .file(let digest, _): "\(digest)"
    case .folder: "a folder"
    case .symlink(let target): "a symlink to \(target)"
    }
  }
}
