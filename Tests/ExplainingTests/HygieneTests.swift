import Building
import Testing

@testable import Explaining

/// The text of rustc 1.96 for a crate with two derives.
@Suite struct HygieneTests {
  private static func text(_ number: Int, at place: String = "names") -> Hygiene {
    let names = place == "names" ? number : 0
    let other = place == "other" ? number : 0
    let own = place == "own" ? number : 0
    return Hygiene(
      Array(
        """
        struct T /* 2213#0 */;
        impl T /* 2213#4 */ {
            pub fn names /* 515#4 */() -> i32 /* 952#4
            */ { &[\(names)]
            }
        }
        impl T /* 2213#5 */ {
            pub fn other /* 516#5 */() -> i32 /* 952#5 */ { \(other) }
        }
        fn main /* 1109#0 */() { ::std /* 0#6 */::f /* 1#6 */(\(own)); }

        /*
        Expansions:
        crate0::{{expn0}}: parent: crate0::{{expn0}}, call_site_ctxt: #0, def_site_ctxt: #0, kind: Root
        crate0::{{expn2}}: parent: crate0::{{expn0}}, call_site_ctxt: #0, def_site_ctxt: #0, kind: Macro(Attr, "derive")
        crate0::{{expn4}}: parent: crate0::{{expn0}}, call_site_ctxt: #0, def_site_ctxt: #0, kind: Macro(Bang, "println")
        crate0::{{expn5}}: parent: crate0::{{expn2}}, call_site_ctxt: #0, def_site_ctxt: #0, kind: Macro(Derive, "mac::Names")
        crate0::{{expn6}}: parent: crate0::{{expn2}}, call_site_ctxt: #0, def_site_ctxt: #0, kind: Macro(Derive, "Other")

        SyntaxContexts:
        #0: parent: #0, outer_mark: (crate0::{{expn0}}, Opaque)
        #4: parent: #0, outer_mark: (crate0::{{expn5}}, Transparent)
        #5: parent: #0, outer_mark: (crate0::{{expn6}}, Transparent)
        #6: parent: #0, outer_mark: (crate0::{{expn4}}, SemiOpaque)
        */
        """.utf8))
  }

  private static func macros(_ names: (String, [String])...) -> [MacroPackage] {
    names.compactMap { name, macros in
      CargoPackage(name: name, version: "1.0.0").map {
        MacroPackage(
          package: $0, crate: name,
          source: Array(macros.map { "#[proc_macro_derive(\($0))]" }.joined().utf8))
      }
    }
  }

  @Test func theMacroOfTheFirstDifferenceIsNamed() {
    let macros = Self.macros(("mac", ["Names"]), ("mac2", ["Other"]))
    func named(_ place: String) -> String? {
      Self.text(1, at: place).macro(ofFirstDifferenceFrom: Self.text(2, at: place), among: macros)?
        .package.name
    }
    #expect(named("names") == "mac")
    #expect(named("other") == "mac2")
  }

  @Test func twoOfOneNameAreToldApartByTheirPathOrNotAtAll() {
    let named = Self.macros(("mac", ["Names"]), ("mac2", ["Names"]))
    let first = Self.text(1).macro(ofFirstDifferenceFrom: Self.text(2), among: named)
    #expect(first?.package.name == "mac")
    let other = Self.macros(("one", ["Other"]), ("two", ["Other"]))
    #expect(
      Self.text(1, at: "other").macro(
        ofFirstDifferenceFrom: Self.text(2, at: "other"), among: other) == nil)
  }

  @Test func whatDoesNotDifferOrIsNoTextHasNoMacro() {
    let macros = Self.macros(("mac", ["Names"]))
    #expect(Self.text(1).macro(ofFirstDifferenceFrom: Self.text(1), among: macros) == nil)
    let noise = Hygiene((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 167) })
    #expect(noise.macro(ofFirstDifferenceFrom: Hygiene([]), among: macros) == nil)
    let endless =
      "crate0::{{expn1}}: parent: crate0::{{expn2}}, kind: Macro(Bang, \"a\")\n"
      + "crate0::{{expn2}}: parent: crate0::{{expn1}}, kind: Macro(Bang, \"b\")\n"
      + "#1: parent: #0, outer_mark: (crate0::{{expn1}}, Opaque)\nx /* 1#1 */"
    #expect(
      Hygiene(Array(endless.utf8)).macro(ofFirstDifferenceFrom: Hygiene([]), among: macros) == nil)
  }
}
