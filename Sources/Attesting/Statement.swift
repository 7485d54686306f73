public import Hashing
public import Reading

/// An in-toto Statement v1: a predicate about files named by their SHA-256.
public struct Statement: Sendable, Equatable {
  public struct Subject: Sendable, Equatable {
    public let name: String
    public let digest: Digest

    public init(name: String, digest: Digest) {
      self.name = name
      self.digest = digest
    }
  }

  public static let type = "https://in-toto.io/Statement/v1"
  /// What an envelope calls it.
  public static let payloadType = "application/vnd.in-toto+json"
  /// Bytes of one statement, which holds every unit of a build.
  public static let sizeLimit = 64 << 20

  public let subjects: [Subject]
  public let predicateType: String
  public let predicate: JSON

  public init(subjects: [Subject], predicateType: String, predicate: JSON) {
    self.subjects = subjects
    self.predicateType = predicateType
    self.predicate = predicate
  }

  public var json: JSON {
    .object([
      ("_type", .string(Self.type)),
      (
        "subject",
        .array(
          subjects.map {
            .object([
              ("name", .string($0.name)), ("digest", .object([("sha256", .string($0.digest.hex))])),
            ])
          })
      ),
      ("predicateType", .string(predicateType)),
      ("predicate", predicate),
    ])
  }

  /// The payload of an envelope: canonical JSON (RFC 8785), so that equal statements are equal bytes.
  public func bytes() throws(AttestingError) -> [UInt8] {
    do throws(ReadingError) {
      return try json.canonicalBytes()
    } catch {
      throw .unreadable(error)
    }
  }

  /// Reads a payload whose signature is verified already. Stricter than in-toto, which lets readers
  /// pass over what they do not know: what was not read was not checked.
  public init(parsing payload: [UInt8]) throws(Objection) {
    let root: JSON
    do throws(ReadingError) {
      root = try JSON(parsing: payload, file: "the statement")
    } catch {
      throw Objection(.statementUnreadable, error.message)
    }
    let given: [Members]
    do throws(Malformation) {
      let statement = try Members(root, path: "statement")
      guard try statement.string("_type").isExactly(Self.type) else {
        throw Malformation(path: "statement._type", kind: .wrong(expected: Self.type))
      }
      try statement.only(["_type", "subject", "predicateType", "predicate"])
      predicateType = try statement.string("predicateType")
      predicate = .object(try statement.member("predicate").object)
      given = try statement.members("subject")
      for subject in given { try subject.only(["name", "digest"]) }
    } catch {
      throw Objection(error, else: .statementMalformed, extra: .statementExtraField)
    }
    subjects = try Self.subjects(given)
  }

  private static func subjects(_ given: [Members]) throws(Objection) -> [Subject] {
    guard !given.isEmpty else { throw Objection(.noSubject, "the list is empty") }
    var subjects: [Subject] = []
    for members in given {
      let subject = try subject(members)
      guard !subjects.contains(where: { $0.name.isExactly(subject.name) }) else {
        throw Objection(.subjectTwice, subject.name)
      }
      subjects.append(subject)
    }
    return subjects
  }

  /// A subject that is named by SHA-256 and nothing else: another digest would be taken for checked.
  private static func subject(_ members: Members) throws(Objection) -> Subject {
    let name: String
    let digests: JSON.Object
    do throws(Malformation) {
      name = try members.string("name")
      digests = try members.optionalMember("digest")?.object ?? JSON.Object()
    } catch {
      throw Objection(error, else: .statementMalformed, extra: .statementExtraField)
    }
    guard !digests.members.isEmpty else { throw Objection(.subjectWithoutDigest, name) }
    guard let value = digests["sha256"] else {
      let algorithms = digests.members.map(\.key).joined(separator: ", ")
      throw Objection(.subjectWeakDigest, "\(name) has only \(algorithms)")
    }
    guard let digest = value.stringValue.flatMap({ Digest(hex: $0) }) else {
      throw Objection(.subjectBadDigest, name)
    }
    for member in digests.members where !member.key.isExactly("sha256") {
      throw Objection(.subjectUncheckedDigest, "\(name) has \(member.key), too")
    }
    return Subject(name: name, digest: digest)
  }
}
