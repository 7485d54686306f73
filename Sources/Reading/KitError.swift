public import Failing
public import Hashing

/// Why a kit was refused.
public struct KitError: Failure, Equatable {
  public enum Fact: Sendable, Equatable {
    // The archive
    case notAKit
    case truncated
    case trailingData
    case badHeader
    case badPadding
    case unsafeName(String)
    case unsupportedKind(String, what: String)
    case unknownMember(String)
    case signature(String)
    case unlisted(String)
    case duplicate(String)
    case missing(String)
    case wrongSize(String, listed: Int64, found: Int64)
    case wrongDigest(String, listed: Digest, found: Digest)

    // manifest.json
    case unreadable(String, ReadingError)
    case badManifest(String)
    case notCanonical(String)
    case notInOrder(String, after: String)
    case tooManyMembers(limit: Int)
    case tooLarge(String, limit: Int64)
    case otherName(String, digest: Digest)
    case lacks(String)
    case superfluous(String)

    // Compressed members
    case notCompressed
    case unsupportedFrame(String)
    case frameTruncated
    case frameTrailingData
    case expansion(size: Int64, limit: Int64)

    // What is in them
    case badTree(String, any Failure)
    case otherTree(String, plan: Digest, kit: Digest)
    case contradictingSizes(Digest)
    case contentsSize(String, declared: Int64, wanted: Int64)
    case contentsCorrupt(String, words: String)
    case wrongFile(tree: String, path: String, listed: Digest, found: Digest)
    case notLocked(String, lock: String)
    case missingPackage(String, filename: String)

    // The parts, compared with one another
    case planDiffers(ingredient: String, plan: String, kit: String)
    case projectMissing(String)
    case recordOfOtherPlan(record: Digest, plan: Digest)
    case lockNotOfRootfs(lock: Digest?, plan: Digest)

    public static func == (left: Fact, right: Fact) -> Bool {
      left.text == right.text
    }
  }

  /// In bytes from the archive's start, where it is about the archive.
  public let offset: Int64?
  public let fact: Fact

  public init(_ fact: Fact, offset: Int64? = nil) {
    self.fact = fact
    self.offset = offset
  }

  public var message: String {
    guard let offset else { return fact.text.printable }
    return "at byte \(offset): \(fact.text)".printable
  }

  public var cause: (any Failure)? {
    switch fact {
    case .unreadable(_, let error): error
    case .badTree(_, let error): error
    default: nil
    }
  }

  public var exitCode: ExitCode { .inputRejected }

  public var hint: String? {
    switch fact {
    case .notAKit: "name a file or folder that `cupel kit export` made"
    case .planDiffers(let ingredient, _, _) where ingredient.hasPrefix("legs["):
      "the kit may be from another version of cupel: rebuild it with that one"
    default: "get the kit again from where it was published"
    }
  }
}

extension KitError.Fact {
  var text: String {
    switch self {
    case .notAKit: "looking for manifest.json at the beginning: this is no kit"
    case .truncated: "reading on: the kit is cut off"
    case .trailingData: "looking for the end: there is data after it"
    case .badHeader: "reading a header: it is not the one that its name and size require"
    case .badPadding: "reading the padding: it is not zero"
    case .unsafeName(let name): "reading the member \"\(name)\", whose name leads out of the kit"
    case .unsupportedKind(let name, let what): "reading the member \"\(name)\", which is \(what)"
    case .unknownMember(let name): "reading the member \"\(name)\", which no kit has"
    case .signature(let name):
      "reading \(name): the place of signatures is reserved, and this version reads none"
    case .unlisted(let name): "reading \(name), which manifest.json does not list"
    case .duplicate(let name): "reading \(name), which comes twice"
    case .missing(let name): "looking for \(name), which manifest.json lists and the kit lacks"
    case .wrongSize(let name, let listed, let found):
      "reading \(name): manifest.json says \(listed) bytes, there are \(found)"
    case .wrongDigest(let name, let listed, let found):
      "verifying \(name): manifest.json says \(listed), it is \(found)"
    case .unreadable(let name, _): "reading \(name)"
    case .badManifest(let reason): "reading manifest.json: \(reason)"
    case .notCanonical(let name): "reading \(name): it is not in its one canonical form"
    case .notInOrder(let name, let after):
      "reading manifest.json: \(name) stands after \(after), which is not the order of names"
    case .tooManyMembers(let limit): "reading manifest.json: more than \(limit) members"
    case .tooLarge(let name, let limit): "reading \(name): it is larger than \(limit) bytes"
    case .otherName(let name, let digest):
      "reading manifest.json: \(name) is named after another digest than its own, \(digest)"
    case .lacks(let name): "reading manifest.json: it lists no \(name)"
    case .superfluous(let name):
      "reading manifest.json: nothing in the kit needs \(name)"
    case .notCompressed: "expanding it: this is no zstd frame"
    case .unsupportedFrame(let reason): "expanding it: its zstd frame \(reason)"
    case .frameTruncated: "expanding it: its zstd frame is cut off"
    case .frameTrailingData: "expanding it: something follows its zstd frame"
    case .expansion(let size, let limit):
      "expanding it: it would have \(size) bytes, of which at most \(limit) are accepted"
    case .badTree(let name, _): "reading \(name)"
    case .otherTree(let name, let plan, let kit):
      "comparing plan.json with \(name): the plan says \(plan), the kit has \(kit)"
    case .contradictingSizes(let digest): "reading trees: they say two sizes of the file \(digest)"
    case .contentsSize(let name, let declared, let wanted):
      "expanding \(name): it has \(declared) bytes, the trees need \(wanted)"
    case .contentsCorrupt(let name, let words): "expanding \(name): \(words)"
    case .wrongFile(let tree, let path, let listed, let found):
      "verifying \(path) of the tree \(tree): the tree says \(listed), the file is \(found)"
    case .notLocked(let name, let lock): "reading \(name), which \(lock) does not name"
    case .missingPackage(let name, let filename):
      "looking for \(filename), which cupel.lock names: \(name) is missing"
    case .planDiffers(let ingredient, let plan, let kit):
      "planning the build again: \(ingredient) comes out as \(kit), plan.json says \(plan)"
    case .projectMissing(let path):
      "looking for the project that plan.json names: the source has no \(path)Cargo.toml"
    case .recordOfOtherPlan(let record, let plan):
      "comparing record.json with plan.json: the record is of the plan \(record), the plan is \(plan)"
    case .lockNotOfRootfs(let lock, let plan):
      "comparing cupel.lock with plan.json: the lock's rootfs is \(lock?.description ?? "not given"), "
        + "the plan's is \(plan)"
    }
  }
}
