import Testing

@testable import Explaining

@Suite struct DemanglerTests {
  @Test(
    arguments: [
      ("_ZN4main5alpha17hf95c9f23a09829c8E", "main::alpha"),
      (
        "_ZN3std2rt10lang_start28_$u7b$$u7b$closure$u7d$$u7d$17h04d0486dab531fcbE",
        "std::rt::lang_start::{{closure}}"
      ),
      (
        "_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$3bar17h930b740aa94f1d3aE",
        "<Test + 'static as foo::Bar<Test>>::bar"
      ),
      ("_RNvC6_123foo3bar", "123foo::bar"),
      (
        "_RNvNtNtNtCsjrHSEGnQ3l9_3std3sys2fs4unix12canonicalize", "std::sys::fs::unix::canonicalize"
      ),
      ("_RNCNvCs_4main4main0", "main::main::{closure#0}"),
      ("_RNvXCs_4mainNtB2_1SNtB2_1T1f", "<main::S as main::T>::f"),
      ("_RINvCs_4main3fooReyE", "main::foo::<&str, u64>"),
      ("_RINvCs_4main3fooKj7b_E", "main::foo::<123>"),
      ("_RINvCs_4main3fooTmlEFUKCRL0_hEuE", nil),
      ("_RINvCs_4main3fooTmlEFUKChEuE", "main::foo::<(u32, i32), unsafe extern \"C\" fn(u8)>"),
    ] as [(String, String?)])
  func showsNames(mangled: String, shown: String?) {
    let name = SymbolName(Array(mangled.utf8))
    #expect(name.shown == shown ?? mangled)
    #expect((name.crate == nil) == (shown == nil))
  }

  @Test func leavesOtherNames() {
    for name in ["_ZN9wikipedia7articleC1Ev", "main", "_start", "_R", "_ZN", "_ZN3foo3barE"] {
      #expect(SymbolName(Array(name.utf8)).shown == name)
      #expect(SymbolName(Array(name.utf8)).crate == nil)
    }
  }

  @Test func sharesKeysOverHashes() {
    func key(_ name: String) -> String { SymbolName(Array(name.utf8)).key }
    #expect(
      key("_ZN4main5alpha17hf95c9f23a09829c8E")
        == key("_ZN4main5alpha17h9aa6ef085f62329cE.llvm.914568"))
    #expect(
      key("anon.ca348f677e3cdd073c7bbc9eaf7dd3dc.3.llvm.9145688213460426355")
        == key("anon.235e3519f142be8b235e3519f142be8b.3.llvm.1"))
    #expect(key("main.235e3519f142be8b-cgu.0") == key("main.98ae3519f142be8b-cgu.0"))
    #expect(key("main.235e3519f142be8b-cgu.0") != key("main.235e3519f142be8b-cgu.1"))
  }

  /// Names that refer back to themselves grow exponentially.
  @Test func isBounded() {
    var name = "_RINvC1a1b"
    for _ in 0..<64 { name += "TB8_B8_E" }
    name += "E"
    _ = SymbolName(Array(name.utf8))
    _ = SymbolName(Array(("_RNv" + String(repeating: "NtC1a", count: 4000)).utf8))
    _ = SymbolName(Array(("_RIC1a" + String(repeating: "R", count: 100_000)).utf8))
    var numbers = FixedNumbers(seed: 7)
    let seeds = [
      "_RNvXCs_4mainNtB2_1SNtB2_1T1f", "_RINvCs_4main3fooTmlEFUKChEuE",
      "_ZN3std2rt10lang_start28_$u7b$$u7b$closure$u7d$$u7d$17h04d0486dab531fcbE",
    ]
    for seed in seeds {
      for _ in 0..<3000 {
        var bytes = Array(seed.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &numbers) {
          bytes[Int.random(in: 2..<bytes.count, using: &numbers)] = UInt8.random(
            in: 0x20...0x7F, using: &numbers)
        }
        #expect(!SymbolName(bytes).shown.isEmpty)
      }
    }
  }
}
