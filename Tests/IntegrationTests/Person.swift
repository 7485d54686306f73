import Linux
import Testing

/// Who runs cupel in a test.
enum Person: String, Sendable, CaseIterable, CustomTestStringConvertible {
  case root
  case ordinary

  /// Both when the tests run as root, else only the user who runs them.
  static let all: [Person] = Machine.userID == 0 ? [.root, .ordinary] : [.ordinary]

  var testDescription: String { self == .root ? "as root" : "as an ordinary user" }

  /// A number far from those of real users, for the ordinary user that root becomes.
  private static let number = 64123

  private var isSomebodyElse: Bool { self == .ordinary && Machine.userID == 0 }

  /// What becomes this person before it runs a command.
  var prefix: [String] {
    guard isSomebodyElse else { return [] }
    let id = Self.number
    return ["setpriv", "--reuid=\(id)", "--regid=\(id)", "--clear-groups", "--"]
  }

  var store: String {
    get throws { isSomebodyElse ? "\(try Self.household())/store" : try Checkout.store() }
  }

  var executable: String {
    get throws {
      _ = try Checkout.store()
      return isSomebodyElse ? "\(try Self.household())/bin/cupel" : Checkout.executable
    }
  }

  var fixtures: String {
    get throws { isSomebodyElse ? "\(try Self.household())/Fixtures" : Checkout.fixtures }
  }

  func own(_ path: String) throws {
    if isSomebodyElse {
      try Command(["chown", "-R", "\(Self.number):\(Self.number)", path], timeout: 60).runChecked()
    }
  }

  /// The ordinary user's own executable, fixtures and store: the checkout may be in a folder that
  /// only root can enter. The trees are hard links where both are on one file system.
  private static func household() throws -> String {
    switch prepared {
    case .success(let path): return path
    case .failure(let obstacle): throw obstacle
    }
  }

  /// A folder for each test target that has this file: they are one process, but not one module.
  private static let prepared: Result<String, Obstacle> = {
    let base = "/var/tmp/cupel-test-\(number)/\(#fileID.split(separator: "/")[0])"
    do {
      try Command(
        [
          "sh", "-ec",
          """
          rm -rf "$1"
          mkdir -p "${1%/*}"
          mkdir -m 755 "$1" "$1/store" "$1/bin"
          cp "$3" "$1/bin/cupel"
          cp -R "$4" "$1/Fixtures"
          cd "$2"
          for folder in indexes leases locks roots; do cp -a "$folder" "$1/store"; done
          chown -R \(number):\(number) "$1"
          cp -al trees "$1/store" 2> /dev/null || cp -a trees "$1/store"
          chown \(number):\(number) "$1/store/trees"
          """, "sh", base, try Checkout.store(), Checkout.executable, Checkout.fixtures,
        ], timeout: 300
      ).runChecked()
      return .success(base)
    } catch {
      return .failure(Obstacle("preparing an ordinary user: \(error)"))
    }
  }()
}
