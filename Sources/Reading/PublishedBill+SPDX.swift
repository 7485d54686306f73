extension PublishedBill.Draft {
  private static let documentReference = "SPDXRef-DOCUMENT"

  /// SPDX 2.3 (its JSON schema, and "Relationships between SPDX elements" for the directions).
  init(spdx document: JSONFields) throws(ReadingError) {
    guard try document.string("SPDXID") == Self.documentReference else {
      throw document.bad("SPDXID", Self.documentReference)
    }
    var elements: [PublishedBill.Component] = []
    for package in try document.members("packages") { elements.append(try Self.package(package)) }
    if document.has("files") {
      for file in try document.members("files") {
        elements.append(try Self.element(file, name: try file.string("fileName")))
      }
    }
    var described =
      document.has("documentDescribes") ? try document.strings("documentDescribes") : []
    var edges: [(from: String, to: String)] = []
    var mentioned: [String] = []
    var (linked, built): (Set<ExactString>, Set<ExactString>) = ([], [])
    let links = document.has("relationships") ? try document.members("relationships") : []
    for link in links {
      let (from, to) = (try link.string("spdxElementId"), try link.string("relatedSpdxElement"))
      let type = try link.string("relationshipType")
      // What is in other documents, or said to be nothing.
      if [from, to].contains(where: { $0 == "NONE" || $0 == "NOASSERTION" || $0.contains(":") }) {
        continue
      }
      switch type {
      case "DESCRIBES" where from == Self.documentReference: described.append(to)
      case "DESCRIBED_BY" where to == Self.documentReference: described.append(from)
      case "CONTAINS", "DEPENDS_ON", "STATIC_LINK", "DYNAMIC_LINK":
        edges.append((from, to))
        linked.insert(ExactString(to))
      case "CONTAINED_BY", "DEPENDENCY_OF", "RUNTIME_DEPENDENCY_OF":
        edges.append((to, from))
        linked.insert(ExactString(from))
      case "BUILD_DEPENDENCY_OF", "BUILD_TOOL_OF", "DEV_DEPENDENCY_OF", "DEV_TOOL_OF",
        "TEST_DEPENDENCY_OF", "TEST_TOOL_OF":
        edges.append((to, from))
        built.insert(ExactString(from))
      default: mentioned += [from, to]
      }
    }
    for index in elements.indices {
      guard let reference = elements[index].reference.map(ExactString.init) else { continue }
      elements[index].isLinked = linked.contains(reference) || !built.contains(reference)
    }
    let subjects = Set(described.map(ExactString.init))
    let main = elements.firstIndex { element in
      element.reference.map { subjects.contains(ExactString($0)) } ?? false
    }
    guard subjects.count == 1, let main else {
      throw document.bad("relationships", "a list in which the document describes one package")
    }
    let subject = elements.remove(at: main)
    self.init(subject: subject)
    self.edges = edges
    self.mentioned = mentioned
    components = elements
    others = [Self.documentReference]
  }

  private static func package(_ item: JSONFields) throws(ReadingError) -> PublishedBill.Component {
    var component = try element(item, name: try item.string("name"))
    if item.has("versionInfo") { component.version = try item.string("versionInfo") }
    if item.has("externalRefs") {
      for reference in try item.members("externalRefs")
      where try reference.string("referenceType") == "purl" {
        let url = try reference.string("referenceLocator")
        guard component.url == nil else {
          throw reference.bad("referenceLocator", value: url, "a package URL is given already")
        }
        component.url = url
      }
    }
    // As cupel writes it: SPDX 2.3 has no place for evidence.
    component.isFromLinker =
      item.json["comment"]?.stringValue?.split(separator: "\n").contains {
        $0.hasPrefix("linked from ")
      } ?? false
    return component
  }

  private static func element(
    _ item: JSONFields, name: String
  ) throws(ReadingError) -> PublishedBill.Component {
    var component = PublishedBill.Component(name: name)
    component.reference = try item.string("SPDXID")
    if item.has("checksums") {
      let checksums = try item.members("checksums")
      for checksum in checksums {
        let value = try checksum.string("checksumValue")
        guard try checksum.string("algorithm") == "SHA256" else { continue }
        try component.take(sha256: value, in: checksum, "checksumValue")
      }
      component.hasWeakDigestsOnly = component.digest == nil && !checksums.isEmpty
    }
    return component
  }
}
