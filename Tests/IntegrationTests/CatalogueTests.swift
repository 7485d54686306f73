import Linux
import Testing

extension Integration {
  /// Every defect of the catalogue must be found with its cause and its crate, and no project
  /// flagged that does the same thing right. What counts and the targets are in
  /// Tests/Nondeterminism/catalogue.toml; `make catalogue` asks other programs too.
  @Suite struct CatalogueTests {
    @Test func everyDefectIsFoundAndNothingElse() throws {
      let environment = [
        ("CUPEL_BIN", Checkout.executable), ("CUPEL_STORE", try Checkout.store()),
        ("PATH", "/usr/bin:/bin:/usr/sbin:/sbin"), ("HOME", "/nonexistent"), ("LANG", "C.UTF-8"),
      ]
      let output = try Command(
        ["python3", "\(Checkout.path)/Tests/Nondeterminism/catalogue.py", "--no-peers"],
        environment: environment.map { (name: $0.0, value: $0.1) }, timeout: 1200
      ).run()
      #expect(output.status == 0, "\(output.text)\(output.errorText)")
    }
  }
}
