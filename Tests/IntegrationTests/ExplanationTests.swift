import Linux
import Reading
import Testing

extension Integration {
  /// `cupel compare` on what the pinned compiler makes in the sandbox, each pair different for one
  /// known reason.
  @Suite struct ExplanationTests {
    private static let source = """
      pub const STAMP: u32 = 1764000000;
      pub static NAMES: &[&str] = &["one", "three", "fourteen", "built 2026-11-21"];
      #[inline(never)]
      pub fn alpha(values: &[u32]) -> u32 { values[(values.len() + 3) % 7] + 41 }
      #[inline(never)]
      pub fn beta(count: usize) -> u32 { if count > 3 { STAMP } else { 5 } }
      fn main() {
          let count = std::env::args().count();
          let values: Vec<u32> = (0..count as u32 * 10).collect();
          println!("{} {}", alpha(&values), beta(count));
          for name in NAMES { println!("{name}"); }
      }

      """

    private static let script = """
      cd /build/out
      make() { name=$1; shift; rustc --edition 2021 -O "$@" -o $name; }
      make path-A one/main.rs
      make path-B other-place/main.rs
      make debug-A -g one/main.rs
      make debug-B -g other-place/main.rs
      make metadata-A -C metadata=a one/main.rs
      make metadata-B -C metadata=b one/main.rs
      make id-A -C link-arg=-Wl,--build-id=0x01020304 one/main.rs
      make id-B -C link-arg=-Wl,--build-id=0x01020305 one/main.rs
      for change in 's/2026-11-21/2027-12-24/' 's/1764000000/1764003601/' \\
        's/"one", "three", "fourteen"/"three", "fourteen", "one"/'
      do
        sed "$change" other-place/main.rs >one/main.rs
        make changed-$((number += 1)) one/main.rs
      done
      cp other-place/main.rs one/main.rs
      make changed-0 one/main.rs
      """

    @Test func namesTheCauseInWhatRustcMade() throws {
      let scene = try Scene(Person.all[0])
      try scene.shell("mkdir -p out/one out/other-place")
      for folder in ["one", "other-place"] {
        try FileSystem.write(Array(Self.source.utf8), to: "\(scene.path)/out/\(folder)/main.rs")
      }
      try scene.shell("chmod -R a+rwX out")
      let made = try scene.run(
        ["sh", "-ec", Self.script], options: ["--bind-rw", "\(scene.path)/out:/build/out"],
        timeout: 120)
      try #require(made.status == 0, "\(made.errorText)")
      for (first, second, cause, detail) in [
        ("path-A", "path-B", "source path", "one against other-place"),
        ("debug-A", "debug-B", "source path", "one against other-place"),
        ("metadata-A", "metadata-B", "crate metadata hash", "hashes in names of symbols"),
        ("changed-0", "changed-1", "embedded time", "date as text"),
        ("changed-0", "changed-2", "embedded time", "seconds since 1970 as a number"),
        ("changed-0", "changed-3", "order", "a list of the same 3 texts in another order"),
      ] {
        let findings = try compare(scene, first, second)
        let causes = findings.filter { $0["standing"] == "cause" }
        #expect(causes.first?["cause"] == .string(cause), "\(first): \(findings)")
        #expect(causes.first?["detail"] == .string(detail), "\(first): \(findings)")
        #expect(Set(causes.compactMap { $0["cause"]?.stringValue }) == [cause], "\(first)")
      }
      let symptoms = try compare(scene, "id-A", "id-B")
      #expect(symptoms.compactMap { $0["cause"]?.stringValue } == ["build-id"])
      #expect(symptoms.first?["standing"] == "symptom")
      try scene.expectNothingLeft()
    }

    private func compare(
      _ scene: borrowing Scene, _ first: String, _ second: String
    ) throws -> [JSON] {
      let output = try scene.cupel(["compare", "--json", "out/\(first)", "out/\(second)"])
      try #require(output.status == 1, "\(first): \(output.errorText)")
      let report = try JSON(parsing: output.standardOutput, file: "compare")
      #expect(report["schema"] == "cupel-compare/1")
      return try #require(report["entries"]?[0]?["explanation"]?["findings"]?.arrayValue)
    }

    @Test(arguments: Person.all) func endsWithItsOwnStatuses(_ person: Person) throws {
      let scene = try Scene(person)
      try scene.shell("mkdir a b; echo 'built 12:34:56' >a/x; echo 'built 12:35:57' >b/x; mkfifo p")
      let same = try scene.cupel(["compare", "a", "a"])
      #expect(same.status == 0 && same.text == "identical: 1 file\n", "\(same)")
      let other = try scene.cupel(["compare", "a", "b"])
      #expect(other.status == 1 && other.text.contains("embedded time: time as text"), "\(other)")
      #expect(try scene.cupel(["compare", "a", "b/x"]).status == 2)
      #expect(try scene.cupel(["compare", "a"]).status == 2)
      for path in ["none", "p"] {
        let output = try scene.cupel(["compare", "a/x", path])
        #expect(output.status == 3 && output.errorText.hasPrefix("error:"), "\(output)")
      }
    }
  }
}
