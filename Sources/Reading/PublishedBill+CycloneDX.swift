internal import Hashing

extension PublishedBill.Draft {
  /// CycloneDX 1.5 to 1.7 (its JSON schemas).
  init(cycloneDX document: JSONFields) throws(ReadingError) {
    let main = try document.member("metadata").member("component")
    self.init(subject: try Self.component(main))
    try add(below: main)
    try add(below: document)
    if document.has("services") {
      for service in try document.members("services") where service.has("bom-ref") {
        others.append(try service.string("bom-ref"))
      }
    }
    if document.has("dependencies") { try addDependencies(document) }
    if document.has("compositions") {
      for composition in try document.members("compositions") {
        let assemblies = composition.has("assemblies") ? try composition.strings("assemblies") : []
        let isOfSubject = assemblies.contains { reference in
          subject.reference.map { $0.utf8.elementsEqual(reference.utf8) } ?? false
        }
        let isCalledComplete = try composition.string("aggregate") == "complete"
        if isCalledComplete, isOfSubject { isComplete = true }
      }
    }
  }

  private mutating func add(below parent: JSONFields) throws(ReadingError) {
    guard parent.has("components") else { return }
    for item in try parent.members("components") {
      components.append(try Self.component(item))
      try add(below: item)
    }
  }

  private mutating func addDependencies(_ document: JSONFields) throws(ReadingError) {
    var listed: Set<ExactString> = []
    for item in try document.members("dependencies") {
      let reference = try item.string("ref")
      guard listed.insert(ExactString(reference)).inserted else {
        throw item.bad("ref", value: reference, "its dependencies are listed already")
      }
      // Also where it uses nothing, it must be there.
      for key in ["dependsOn", "provides"] where item.has(key) {
        for other in try item.strings(key) { edges.append((reference, other)) }
      }
      mentioned.append(reference)
    }
  }

  private static func component(_ item: JSONFields) throws(ReadingError) -> PublishedBill.Component
  {
    _ = try item.string("type")
    var component = PublishedBill.Component(name: try item.string("name"))
    if item.has("bom-ref") { component.reference = try item.string("bom-ref") }
    if item.has("version") { component.version = try item.string("version") }
    if item.has("purl") { component.url = try item.string("purl") }
    if item.has("scope") {
      switch try item.string("scope") {
      case "required", "optional": break
      case "excluded": component.isLinked = false
      default: throw item.bad("scope", "required, optional or excluded")
      }
    }
    if item.has("hashes") {
      let hashes = try item.members("hashes")
      for hash in hashes {
        let content = try hash.string("content")
        guard try hash.string("alg") == "SHA-256" else { continue }
        try component.take(sha256: content, in: hash, "content")
      }
      component.hasWeakDigestsOnly = component.digest == nil && !hashes.isEmpty
    }
    // One object until 1.5, since then a list.
    let identity = item.json["evidence"]?["identity"]
    for fact in identity?.arrayValue ?? identity.map({ [$0] }) ?? [] {
      for method in fact["methods"]?.arrayValue ?? []
      where method["technique"] == "instrumentation" {
        component.isFromLinker = true
      }
    }
    return component
  }
}

extension PublishedBill.Component {
  /// Takes a SHA-256, which can be given once.
  mutating func take(
    sha256 text: String, in fields: JSONFields, _ key: String
  ) throws(ReadingError) {
    guard let digest = Digest(hex: text) else {
      throw fields.bad(key, value: text, "a SHA-256 has 64 digits, those above 9 in lower case")
    }
    guard self.digest == nil else {
      throw fields.bad(key, value: text, "a SHA-256 is given already")
    }
    self.digest = digest
  }
}
