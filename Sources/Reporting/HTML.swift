internal import Failing

/// A piece of an HTML page, or of an SVG picture in it.
///
/// Names of elements and attributes are part of the program (`StaticString`); everything else is
/// escaped as it is written, so no text can become markup, and none can steer a terminal or turn the
/// direction of writing.
indirect enum HTML: Sendable {
  case text(String)
  case element(StaticString, KeyValuePairs<StaticString, String>, [HTML])
  case several([HTML])
  /// The page's own style sheet; as it is.
  case style(StaticString)

  static func tag(
    _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>, _ children: HTML...
  ) -> HTML {
    .element(name, attributes, children)
  }

  static func tag(_ name: StaticString, _ children: HTML...) -> HTML {
    .element(name, [:], children)
  }

  static let nothing = HTML.several([])

  /// A whole page (WHATWG HTML, "The HTML syntax").
  var page: [UInt8] {
    var out = Array("<!doctype html>\n".utf8)
    write(to: &out)
    out.append(UInt8(ascii: "\n"))
    return out
  }

  /// Elements that have neither children nor an end tag, of those that are used here.
  private static let voidElements = ["meta", "link", "br", "hr"]

  private func write(to out: inout [UInt8]) {
    switch self {
    case .text(let text): Self.write(escaped: text, to: &out)
    case .several(let children):
      for child in children { child.write(to: &out) }
    case .style(let sheet):
      out += "<style>\n".utf8
      out += sheet.description.utf8
      out += "\n</style>\n".utf8
    case .element(let name, let attributes, let children):
      out += "<\(name)".utf8
      for (key, value) in attributes {
        out += " \(key)=\"".utf8
        Self.write(escaped: value, to: &out)
        out += "\"".utf8
      }
      out += ">".utf8
      if Self.voidElements.contains(name.description) { return }
      for child in children { child.write(to: &out) }
      out += "</\(name)>".utf8
      if Self.endsLine.contains(name.description) { out.append(UInt8(ascii: "\n")) }
    }
  }

  /// Elements after which white space means nothing; for those who read the source.
  private static let endsLine = [
    "head", "title", "header", "nav", "main", "section", "article", "footer", "table", "tr", "ul",
    "li", "dl", "p", "h1", "h2", "h3", "h4", "details", "summary", "svg", "g",
  ]

  private static func write(escaped text: String, to out: inout [UInt8]) {
    for byte in text.printableLine.utf8 {
      switch byte {
      case UInt8(ascii: "&"): out += "&amp;".utf8
      case UInt8(ascii: "<"): out += "&lt;".utf8
      case UInt8(ascii: ">"): out += "&gt;".utf8
      case UInt8(ascii: "\""): out += "&quot;".utf8
      case UInt8(ascii: "'"): out += "&#39;".utf8
      default: out.append(byte)
      }
    }
  }
}

extension HTML: ExpressibleByStringInterpolation {
  init(stringLiteral value: String) { self = .text(value) }
}
