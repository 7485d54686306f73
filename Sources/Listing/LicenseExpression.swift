/// What a Cargo.toml says of its licence, as an SPDX expression (SPDX 2.3, annex D).
enum LicenseExpression {
  /// The expression with the `/` of old crates as `OR`; nil for what is none of identifiers that are
  /// known here: a reader of SPDX refuses the whole document for one that is not on its list.
  static func spdx(_ text: String) -> String? {
    let words = text.replacing("/", with: " OR ").replacing("(", with: " ( ")
      .replacing(")", with: " ) ").split(whereSeparator: { $0 == " " || $0 == "\t" })
      .map(String.init)
    var depth = 0
    var wantsLicense = true
    for (index, word) in words.enumerated() {
      switch word {
      case "(":
        guard wantsLicense else { return nil }
        depth += 1
      case ")":
        guard !wantsLicense, depth > 0 else { return nil }
        depth -= 1
      case "AND", "OR":
        guard !wantsLicense else { return nil }
        wantsLicense = true
      case "WITH":
        guard !wantsLicense, index + 1 < words.count, exceptions.contains(words[index + 1]) else {
          return nil
        }
      case _ where exceptions.contains(word):
        guard index > 0, words[index - 1] == "WITH" else { return nil }
      default:
        guard wantsLicense, identifiers.contains(word) else { return nil }
        wantsLicense = false
      }
    }
    guard !wantsLicense, depth == 0 else { return nil }
    return words.joined(separator: " ").replacing("( ", with: "(").replacing(" )", with: ")")
  }

  /// Those of the SPDX list that crates are under.
  private static let identifiers: Set<String> = [
    "0BSD", "AFL-3.0", "AGPL-3.0", "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-1.1",
    "Apache-2.0", "Artistic-2.0", "BSD-1-Clause", "BSD-2-Clause", "BSD-2-Clause-Patent",
    "BSD-3-Clause", "BSD-3-Clause-Clear", "BSD-4-Clause", "BSL-1.0", "BlueOak-1.0.0", "CC-BY-3.0",
    "CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "CDDL-1.0", "CDLA-Permissive-2.0", "ECL-2.0",
    "EPL-1.0", "EPL-2.0", "EUPL-1.2", "FSFAP", "FTL", "GPL-2.0", "GPL-2.0+", "GPL-2.0-only",
    "GPL-2.0-or-later", "GPL-3.0", "GPL-3.0+", "GPL-3.0-only", "GPL-3.0-or-later", "ICU", "IJG",
    "ISC", "LGPL-2.0-only", "LGPL-2.0-or-later", "LGPL-2.1", "LGPL-2.1+", "LGPL-2.1-only",
    "LGPL-2.1-or-later", "LGPL-3.0", "LGPL-3.0+", "LGPL-3.0-only", "LGPL-3.0-or-later", "Libpng",
    "MIT", "MIT-0", "MPL-1.1", "MPL-2.0", "MS-PL", "NCSA", "NTP", "OFL-1.1", "OpenSSL", "PSF-2.0",
    "PostgreSQL", "Python-2.0", "SSPL-1.0", "Ubuntu-font-1.0", "Unicode-3.0", "Unicode-DFS-2016",
    "Unlicense", "UPL-1.0", "Vim", "W3C", "WTFPL", "X11", "Zlib", "bzip2-1.0.6", "curl",
    "libpng-2.0", "zlib-acknowledgement",
  ]
  private static let exceptions: Set<String> = [
    "Classpath-exception-2.0", "GCC-exception-3.1", "LLVM-exception", "OpenSSL-exception",
    "openvpn-openssl-exception",
  ]
}
