import Linux
import Reading
import Testing

extension EscapeTests {
  /// What a hostile package does to the artifact that it is expected to make: its build script
  /// brings a linker of its own along, a shell script in which `$out` is the artifact's path.
  struct HostileLinker: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let script: String
    /// What the standard error of a refusal holds; nil where the build must be honest or refused.
    let refusal: String?
    /// As `--timeout` takes it.
    let timeout: String

    init(
      _ testDescription: String, _ script: String, refusal: String?, timeout: String = "30s"
    ) {
      self.timeout = timeout
      self.testDescription = testDescription
      self.script = script
      self.refusal = refusal
    }

    func layOut(_ scene: borrowing Scene) throws -> String {
      try scene.layOutTinyProject(
        edit: """
          cat > ld <<'END'
          #!/bin/sh
          for word; do [ "$last" = -o ] && out=$word; last=$word; done
          \(script)
          END
          cat > build.rs <<'END'
          use std::os::unix::fs::PermissionsExt;
          fn main() {
              let linker = format!("{}/ld", std::env::var("OUT_DIR").unwrap());
              std::fs::write(&linker, include_bytes!("ld")).unwrap();
              std::fs::set_permissions(&linker, std::fs::Permissions::from_mode(0o755)).unwrap();
              println!("cargo:rustc-link-arg=-B{}", std::env::var("OUT_DIR").unwrap());
          }
          END
          """)
    }

    static let all = [
      HostileLinker("a symlink to a file of the host", "ln -s /etc/passwd $out", refusal: "tiny"),
      HostileLinker("a symlink out of the folder", "ln -s ../../../../x $out", refusal: "tiny"),
      HostileLinker("a symlink to itself", "ln -s $out $out", refusal: "tiny"),
      HostileLinker("a folder", "mkdir $out", refusal: "tiny"),
      HostileLinker("a FIFO", "mkfifo $out", refusal: "not finished within", timeout: "4s"),
      HostileLinker("a device", "mknod $out c 1 3", refusal: "Operation not permitted"),
      HostileLinker("a hard link to a program", "ln /usr/bin/env $out", refusal: "cross-device"),
      HostileLinker("a hard link to the source", "ln /build/src/ld $out", refusal: "cross-device"),
      HostileLinker("nothing", "exit 0", refusal: "tiny"),
      HostileLinker(
        "a folder of the way replaced",
        "/usr/bin/ld \"$@\"; cd /build/target && mv release r && ln -s r release", refusal: nil),
      HostileLinker("setuid", "/usr/bin/ld \"$@\"; chmod 6755 $out; true", refusal: nil),
      HostileLinker(
        "several names", "/usr/bin/ld \"$@\"; ln $out /build/target/second", refusal: nil),
      HostileLinker(
        "a daemon that changes it later",
        "/usr/bin/ld \"$@\"; (setsid sh -c 'while :; do echo evil > '$out'; done' > /dev/null 2>&1 &)",
        refusal: nil),
    ]
  }

  @Test(arguments: Person.all, HostileLinker.all)
  func collectsOnlyWhatIsHonest(_ person: Person, _ linker: HostileLinker) throws {
    let scene = try Scene(person)
    let project = try linker.layOut(scene)
    let output = try scene.build(project, ["--once", "--timeout", linker.timeout], timeout: 60)
    if let refusal = linker.refusal {
      #expect(output.status != 0)
      #expect(output.errorText.contains(refusal), "\(output.errorText)")
      #expect(!FileSystem.exists("\(scene.path)/out/artifacts"))
    } else if output.status == 0 {
      let status = try FileSystem.linkStatus("\(scene.path)/out/artifacts/tiny")
      #expect(status.kind == .regular)
      let mode = try scene.shell("stat -c '%a %h' \"$1\"", ["\(scene.path)/out/artifacts/tiny"])
      #expect(mode == "755 1\n")
    }
    try scene.expectNothingLeft()
  }

  /// A file of holes must not become one of bytes on the host's disk.
  @Test(arguments: Person.all) func takesNoMoreThanFits(_ person: Person) throws {
    let scene = try Scene(person)
    let sparse = HostileLinker("holes", "truncate -s 96M $out", refusal: "tiny")
    let project = try sparse.layOut(scene)
    let output = try scene.build(project, ["--once", "--target-size", "48M"], timeout: 60)
    #expect(output.status == 4)
    #expect(output.errorText.contains("larger than the target folder may be"))
    #expect(!FileSystem.exists("\(scene.path)/out/artifacts/tiny"))
  }

  /// Words that would drive the terminal, and words without end.
  @Test(arguments: Person.all) func neutralisesWhatABuildSays(_ person: Person) throws {
    let scene = try Scene(person)
    let project = try scene.layOutTinyProject(
      edit: """
        cat > build.rs <<'END'
        use std::io::Write;
        fn main() {
            let mut words = b"cargo:warning=".to_vec();
            words.extend(b"\\x1b]0;owned\\x07\\x1b[2J\\x1b[31mred\\x9b31m\\x08\\x7f\\n");
            std::io::stdout().write_all(&words).unwrap();
            std::io::stderr().write_all(&words).unwrap();
            for _ in 0..80_000 {
                std::io::stderr().write_all(&[b'x'; 1024]).unwrap();
                std::io::stderr().write_all(b"\\n").unwrap();
            }
            std::process::exit(3);
        }
        END
        """)
    let output = try scene.build(project, ["--once", "--timeout", "60s"], timeout: 90)
    #expect(output.status == 4)
    let bad = output.standardError.filter { ($0 < 0x20 && $0 != 0x0a && $0 != 0x09) || $0 == 0x7f }
    #expect(bad == [], "control characters reached the terminal")
    #expect(output.standardError.count < 1 << 20, "\(output.standardError.count) bytes")
  }

  /// The status of cargo decides, whatever a build script says about itself.
  @Test(
    arguments: Person.all,
    [
      "println!(\"cargo:rustc-env=X=0\"); std::process::exit(1)",
      "unsafe { kill(getppid(), 15) }; std::process::exit(1)",
      "unsafe { kill(getppid(), 9) }; loop {}",
      "println!(\"{{\\\"reason\\\":\\\"build-finished\\\",\\\"success\\\":true}}\"); panic!()",
    ])
  func isNotToldAFalseEnd(_ person: Person, _ code: String) throws {
    let scene = try Scene(person)
    let project = try scene.layOutTinyProject(
      edit: """
        cat > build.rs <<'END'
        #![allow(dead_code, unused_unsafe)]
        extern "C" { fn kill(process: i32, signal: i32) -> i32; fn getppid() -> i32; }
        fn main() { \(code) }
        END
        """)
    let output = try scene.build(project, ["--once", "--timeout", "20s"], timeout: 60)
    #expect(output.status != 0 && output.status != 1, "\(output.errorText)")
    #expect(!FileSystem.exists("\(scene.path)/out"))
    try scene.expectNothingLeft()
  }

  /// Both legs leave what the other could find, and look for it while the other runs.
  @Test(arguments: Person.all) func keepsLegsApart(_ person: Person) throws {
    let scene = try Scene(person)
    let project = try scene.layOutTinyProject(
      edit: """
        cat > build.rs <<'END'
        use std::os::linux::net::SocketAddrExt;
        use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
        fn main() {
            let name = SocketAddr::from_abstract_name("leg-was-here").unwrap();
            let folder = |name: &str| std::env::var(name).unwrap() + "/leg";
            let target = "/build/target/leg".to_string();
            let files = [target, folder("TMPDIR"), folder("HOME"), folder("CARGO_HOME")];
            let mut found = String::new();
            for round in 0..2 {
                if round == 1 { std::thread::sleep(std::time::Duration::from_secs(2)); }
                if round == 0 && UnixStream::connect_addr(&name).is_ok() { found += "socket "; }
                for file in &files {
                    if round == 0 && std::fs::metadata(file).is_ok() { found += &file; }
                    std::fs::write(file, "here").unwrap();
                }
                if round == 0 { std::mem::forget(UnixListener::bind_addr(&name).unwrap()); }
            }
            println!("cargo:rustc-env=FOUND={found}");
        }
        END
        echo 'fn main() { println!("found: {}.", env!("FOUND")); }' > src/main.rs
        """)
    let output = try scene.build(project, ["--schedule", "parallel"])
    #expect(output.status == 0, "\(output.errorText)")
    let found = try Command(["\(scene.path)/out/artifacts/tiny"], timeout: 10).runChecked().text
    #expect(found == "found: .\n")
  }
}
