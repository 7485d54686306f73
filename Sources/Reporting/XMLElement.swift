internal import Failing

/// An element of an XML document, with text or other elements in it.
///
/// Names are part of the program (`StaticString`); all else is escaped as it is written, and what no
/// XML document can hold is shown as `\u{…}`.
struct XMLElement {
  let name: StaticString
  let attributes: [(name: StaticString, value: String)]
  let children: [XMLElement]
  let text: String

  init(
    _ name: StaticString, _ attributes: [(name: StaticString, value: String)] = [],
    _ children: [XMLElement] = [], text: String = ""
  ) {
    self.name = name
    self.attributes = attributes
    self.children = children
    self.text = text
  }

  /// A whole document with this element as its root, in UTF-8.
  var document: [UInt8] {
    var out = Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8)
    write(to: &out, indent: 0)
    return out
  }

  private func write(to out: inout [UInt8], indent: Int) {
    let space = [UInt8](repeating: UInt8(ascii: " "), count: indent)
    out += space
    out += "<\(name)".utf8
    for (name, value) in attributes { out += " \(name)=\"\(Self.escaped(value.printable))\"".utf8 }
    if children.isEmpty, text.isEmpty {
      out += "/>\n".utf8
    } else if children.isEmpty {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      out += ">\(lines.map { Self.escaped($0.printableLine) }.joined(separator: "\n"))".utf8
      out += "</\(name)>\n".utf8
    } else {
      out += ">\n".utf8
      for child in children { child.write(to: &out, indent: indent + 2) }
      out += space
      out += "</\(name)>\n".utf8
    }
  }

  private static func escaped(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
      case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
      case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
      // The two that no document may hold and that can be printed (XML 1.0, 2.2).
      case "\u{FFFE}", "\u{FFFF}":
        escaped.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }
}
