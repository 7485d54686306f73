import Linux
import Testing

/// Who runs cupel.
enum Person: String, Sendable, CaseIterable, CustomTestStringConvertible {
  case root
  case ordinary

  /// Both when the tests run as root, else only the user who runs them.
  static let all: [Person] = Machine.userID == 0 ? [.root, .ordinary] : [.ordinary]

  var testDescription: String { self == .root ? "as root" : "as an ordinary user" }

  /// A number far from those of real users, for the ordinary user that root becomes.
  static let number = 64124

  var isSomebodyElse: Bool { self == .ordinary && Machine.userID == 0 }
}

/// A folder with all that one person needs, and which nobody else uses: cupel, a project, a store.
struct Battlefield: ~Copyable {
  private let person: Person
  private let path: String

  private static let checkout =
    "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  private static let executable =
    Machine.environment("CUPEL_BIN") ?? "\(checkout)/.build/release/cupel"
  private static let store =
    Machine.environment("CUPEL_TEST_STORE") ?? "\(checkout)/.build/test-store"

  static func layOut(for person: Person) throws -> Battlefield {
    try #require(FileSystem.exists(Self.executable), "run `make build`")
    try Command(
      [Self.executable, "fetch"],
      environment: [("CUPEL_STORE", Self.store), ("PATH", "/usr/bin:/bin"), ("HOME", "/")],
      directory: "/", timeout: 900
    ).runChecked()
    // On the disk: a store is no thing for a /tmp in memory.
    let path = try FileSystem.makeTemporaryDirectory(in: "/var/tmp", prefix: "cupel-test")
    let battlefield = Battlefield(person: person, path: path)
    try battlefield.fill()
    return battlefield
  }

  private init(person: Person, path: String) {
    self.person = person
    self.path = path
  }

  deinit { try? FileSystem.removeTree(path) }

  /// The rootfs is made of hard links where both are on one file system, so it stays root's.
  private borrowing func fill() throws {
    try Command(
      [
        "sh", "-ec",
        """
        cd "$1"
        chmod 755 .
        mkdir tmp home store store/drafts
        cp "$2" cupel
        cp "$3/Tests/SurvivalTests/survive.py" .
        cp -R "$3/Tests/IntegrationTests/Fixtures/honest" project
        (cd project && git init -q && git add --all \
          && git -c user.name=test -c user.email=test@localhost commit -q -m 'Add the project')
        mkdir -p store/trees store/roots/rootfs
        root=roots/rootfs/debian-bookworm-rust
        cp "$4/$root" "store/$root"
        for folder in indexes locks; do cp -R "$4/$folder" store; done
        [ "$5" = - ] || chown -R "$5:$5" .
        tree=trees/$(sed s/sha256:// "store/$root")
        cp -al "$4/$tree" store/trees 2> /dev/null || cp -a "$4/$tree" store/trees
        """, "sh", path, Self.executable, Self.checkout, Self.store,
        person.isSomebodyElse ? "\(Person.number)" : "-",
      ], timeout: 300
    ).runChecked()
  }

  /// What survive.py printed.
  func survive(rounds: Int, seed: Int, seconds: Int) throws -> String {
    let id = Person.number
    let prefix =
      person.isSomebodyElse
      ? ["setpriv", "--reuid=\(id)", "--regid=\(id)", "--clear-groups", "--"] : []
    let output = try Command(
      prefix + [
        "/usr/bin/python3", "survive.py", "\(path)/cupel", "\(path)/project/workspace", "\(rounds)",
        "\(seed)", "\(seconds)",
      ], environment: [("PATH", "/usr/bin:/bin")], directory: path, timeout: Double(seconds) + 600
    ).runChecked()
    return String(output.text.drop { $0 == "\n" }.prefix { $0 != "\n" })
  }
}
