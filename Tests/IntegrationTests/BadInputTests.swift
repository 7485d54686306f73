import Linux
import Reading
import Testing

/// A project with something wrong or odd about it, and what cupel has to say about it.
struct TroubledProject: Sendable, CustomTestStringConvertible {
  let name: String
  /// A shell script in the folder of a tiny project; `$1` is the scene's folder.
  let edit: String
  let options: [String]
  let status: Int32
  /// Each must stand in the error message.
  let words: [String]

  init(
    _ name: String, _ edit: String, options: [String] = [], status: Int32, _ words: String...
  ) {
    self.name = name
    self.edit = edit
    self.options = options
    self.status = status
    self.words = words
  }

  var testDescription: String { name }

  /// Makes the project depend on a crate `dep` that stands vendored in vendor/.
  static let vendoring = """
    mkdir -p .cargo vendor/dep/src
    printf '\\n[dependencies]\\ndep = "1"\\n' >> Cargo.toml
    cat > .cargo/config.toml <<'END'
    [source.crates-io]
    replace-with = "vendored-sources"
    [source.vendored-sources]
    directory = "vendor"
    END
    printf '[package]\\nname = "dep"\\nversion = "1.0.0"\\nedition = "2021"\\n' > vendor/dep/Cargo.toml
    echo 'pub fn number() -> i32 { 7 }' > vendor/dep/src/lib.rs
    sum() { sha256sum "$1" | cut -d ' ' -f 1; }
    package=$(printf archive | sha256sum | cut -d ' ' -f 1)
    printf '{"files":{"Cargo.toml":"%s","src/lib.rs":"%s"},"package":"%s"}' \
      "$(sum vendor/dep/Cargo.toml)" "$(sum vendor/dep/src/lib.rs)" "$package" \
      > vendor/dep/.cargo-checksum.json
    cat > Cargo.lock <<END
    version = 3

    [[package]]
    name = "dep"
    version = "1.0.0"
    source = "registry+https://github.com/rust-lang/crates.io-index"
    checksum = "$package"

    [[package]]
    name = "tiny"
    version = "0.1.0"
    dependencies = [
     "dep",
    ]
    END

    """

  /// A build script of these statements.
  static func script(_ body: String) -> String {
    """
    cat > build.rs <<'END'
    #![allow(unused)]
    use std::{env, fs, io::Write, net::*, os::unix::fs::*, path::Path, process::Command};
    fn sh(script: &str) { assert!(Command::new("sh").args(["-c", script]).status().unwrap().success()); }
    fn main() { \(body) }
    END

    """
  }

  static let projects = [
    TroubledProject("no Cargo.toml", "rm Cargo.toml", status: 2, "no Cargo.toml in "),
    TroubledProject(
      "a Cargo.toml that is no TOML", "echo '[package' > Cargo.toml", status: 2, "Cargo.toml:1:"),
    TroubledProject(
      "no Cargo.lock", "rm Cargo.lock", status: 2, "Cargo.lock: there is no such file",
      "cargo generate-lockfile"),
    TroubledProject(
      "a stale Cargo.lock", "sed -i 's/0.1.0/0.2.0/' Cargo.toml", status: 2,
      "Cargo.lock does not agree with Cargo.toml", "hint: "),
    TroubledProject(
      "a crate missing from vendor", vendoring + "rm -r vendor/dep; mkdir vendor/other", status: 3,
      "verifying the vendored crates in ", "dep"),
    TroubledProject(
      "a vendor folder that is missing", vendoring + "rm -r vendor", status: 2,
      "reading the vendored crates in ", "vendor", "cargo vendor"),
    TroubledProject(
      "no vendoring configured", vendoring + "rm -r .cargo", status: 2, "dep",
      "no vendored sources are configured", "hint: run `cupel fetch`"),
    TroubledProject(
      "a wrong checksum in vendor", vendoring + "echo '// more' >> vendor/dep/src/lib.rs",
      status: 3, "verifying the vendored crates in ", "src/lib.rs"),
    TroubledProject(
      "another package checksum in vendor",
      vendoring + "sed -i 's/^checksum = \"..../checksum = \"0000/' Cargo.lock",
      status: 3, "verifying the vendored crates in ", "dep"),
    TroubledProject(
      "a git dependency that is not vendored",
      """
      printf '\\n[dependencies]\\ndep = { git = "https://example.invalid/dep" }\\n' >> Cargo.toml
      cat > Cargo.lock <<'END'
      version = 3

      [[package]]
      name = "dep"
      version = "1.0.0"
      source = "git+https://example.invalid/dep#0123456789012345678901234567890123456789"

      [[package]]
      name = "tiny"
      version = "0.1.0"
      dependencies = [
       "dep",
      ]
      END
      """, status: 2, "dep 1.0.0 comes from the git repository", "is not vendored"),
    TroubledProject(
      "a toolchain that is not there", "echo '1.10.0' > rust-toolchain", status: 2,
      "rust-toolchain", "1.10.0", "1.96.0"),
    TroubledProject(
      "code that does not compile", "echo 'fn main() {' > src/main.rs", status: 4,
      "cargo ended with status 101"),
    TroubledProject(
      "no program in it", "mv src/main.rs src/lib.rs", status: 2,
      "no program or library for others came out"),
    TroubledProject(
      "a dirty tree where a clean one is asked for", "git init -q; touch new",
      options: ["--require-clean"], status: 6, "error: ", "commit"),
    TroubledProject("a fifo", "mkfifo pipe", status: 3, "pipe", "fifo"),
    TroubledProject(
      "a socket", "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"plug\")'",
      status: 3, "plug", "socket"),
    TroubledProject("a huge file", "truncate -s 3G huge", status: 3, "huge", "3221225472"),
    TroubledProject(
      "a file name that is not UTF-8", "touch \"$(printf 'bad\\377name')\"", status: 3, "UTF-8"),
    TroubledProject(
      "a symlink to /etc/shadow", "ln -s /etc/shadow shadow", status: 3, "shadow",
      "out of the source"),
    TroubledProject(
      "a symlink above the source", "ln -s ../../../etc/shadow shadow", status: 3, "shadow",
      "out of the source"),
    TroubledProject(
      "an unknown variation", "", options: ["--vary", "weather"], status: 2, "weather"),
    TroubledProject(
      "a cargo argument that the plan decides", "", options: ["--", "--target-dir=/x"], status: 2,
      "--target-dir"),
    TroubledProject(
      "a lock that is not there", "", options: ["--lock", "/no/such.lock"], status: 2,
      "/no/such.lock"),
    TroubledProject(
      "an unknown recipe", "", options: ["--recipe", "nothing"], status: 2, "nothing"),
  ]

  static let buildScripts = [
    TroubledProject(
      "opens a socket", script("TcpListener::bind(\"127.0.0.1:0\").unwrap();"), status: 6,
      "Operation not permitted"),
    TroubledProject(
      "connects", script("TcpStream::connect(\"127.0.0.1:22\").unwrap();"), status: 6,
      "Operation not permitted"),
    TroubledProject(
      "resolves a name", script("(\"example.invalid\", 80).to_socket_addrs().unwrap();"), status: 4,
      "cargo ended with status 101"),
    TroubledProject(
      "reads the caller's folder",
      "echo secret > \"$1/home/file\"\n"
        + "home=\"$1/home/file\"\n"
        + script("fs::read(include_str!(\"home.txt\")).unwrap();")
        + "printf %s \"$home\" > home.txt", status: 4, "No such file or directory"),
    TroubledProject(
      "reads the caller's environment", script("env::var(\"SECRET_OF_THE_CALLER\").unwrap();"),
      status: 4,
      "NotPresent"),
    TroubledProject(
      "fills the target folder",
      script("sh(\"exec head -c 1G /dev/zero > $OUT_DIR/file\");"),
      options: ["--target-size", "100M"], status: 7, "/build/target is full", "--target-size"),
    TroubledProject(
      "fills the temporary folder", script("sh(\"exec head -c 1G /dev/zero > $TMPDIR/file\");"),
      options: ["--target-size", "100M"], status: 7, "is full", "--target-size"),
    TroubledProject(
      "loops for ever", script("loop { std::thread::yield_now() }"), options: ["--timeout", "8s"],
      status: 7, "not finished within 8 seconds", "--timeout"),
    TroubledProject(
      "writes outside its folder", script("fs::write(\"/usr/lib/x\", \"x\").unwrap();"), status: 4,
      "ReadOnlyFilesystem"),
    TroubledProject(
      "writes into the source", script("fs::write(\"src/x.rs\", \"x\").unwrap();"), status: 4,
      "cargo ended with status 101"),
    TroubledProject(
      "is a fork bomb", script("sh(\"trap '' TERM; bomb() { bomb | bomb & }; bomb; sleep 900\");"),
      options: ["--pids", "120", "--timeout", "10s"], status: 7, "not finished within"),
  ]
}

extension Integration {
  @Suite struct BadInputTests {
    @Test(arguments: Person.all, TroubledProject.projects)
    func aProjectIsRefused(_ person: Person, _ input: TroubledProject) throws {
      try expectRefusal(Scene(person), input)
    }

    @Test(arguments: Person.all, TroubledProject.buildScripts)
    func aBuildScriptFails(_ person: Person, _ input: TroubledProject) throws {
      try expectRefusal(Scene(person), input)
    }

    private func expectRefusal(_ scene: borrowing Scene, _ input: TroubledProject) throws {
      let project = try scene.layOutTinyProject()
      try scene.shell("cd \"$2\"; \(input.edit)", [scene.path, project])
      let before = try scene.sums(project)
      let output = try scene.build(project, ["--once"] + input.options)
      let said = output.errorText
      #expect(output.status == input.status, "\(said)\(output.text)")
      #expect(said.contains("error: "))
      for words in input.words { #expect(said.contains(words), "`\(words)` is not in: \(said)") }
      #expect(!FileSystem.exists("\(scene.path)/out"))
      #expect(try scene.sums(project) == before)
      try scene.expectNothingLeft()
    }

    // MARK: What is built all the same

    static let built = [
      TroubledProject("a path with spaces", "mkdir 'a folder'; touch 'a folder/a file'", status: 0),
      TroubledProject("a path with a newline", "touch \"$(printf 'two\\nlines')\"", status: 0),
      TroubledProject("symlinks in a loop", "ln -s b a; ln -s a b; ln -s . self", status: 0),
      TroubledProject("a symlink to nothing", "ln -s nothing here", status: 0),
      TroubledProject("an empty folder", "mkdir -p empty/folder", status: 0),
      TroubledProject("a vendored crate", TroubledProject.vendoring, status: 0),
      TroubledProject(
        "a build script that leaves a daemon",
        TroubledProject.script(
          """
          extern "C" { fn setsid() -> i32; }
          use std::{os::unix::process::CommandExt, process::Stdio};
          let mut daemon = Command::new("sleep");
          daemon.arg("900").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
          unsafe { daemon.pre_exec(|| { assert!(setsid() > 0); Ok(()) }) };
          daemon.spawn().unwrap();
          """),
        status: 0),
      TroubledProject(
        "a build script that leaves what cannot be deleted",
        TroubledProject.script(
          """
          let out = env::var("OUT_DIR").unwrap();
          env::set_current_dir(&out).unwrap();
          for _ in 0..2000 { fs::create_dir("deep").unwrap(); env::set_current_dir("deep").unwrap(); }
          env::set_current_dir(&out).unwrap();
          fs::create_dir("closed").unwrap();
          fs::write("closed/file", "x").unwrap();
          fs::set_permissions("closed/file", fs::Permissions::from_mode(0)).unwrap();
          fs::set_permissions("closed", fs::Permissions::from_mode(0)).unwrap();
          fs::write("{\\n}", "x").unwrap();
          """), status: 0),
    ]

    @Test(arguments: Person.all, built)
    func isBuiltAllTheSame(_ person: Person, _ input: TroubledProject) throws {
      let scene = try Scene(person)
      let project = try scene.layOutTinyProject("a tiny\nproject")
      try scene.shell("cd \"$2\"; \(input.edit)", [scene.path, project])
      let output = try scene.build(project, ["--once"])
      #expect(output.status == 0, "\(output.errorText)")
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func aDirtyTreeIsBuiltOnlyIfAllowed(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try scene.layOutTinyProject()
      try scene.commit(project)
      try scene.shell("echo 'fn main() { println!(\"dirty\") }' > tiny/src/main.rs")
      let refused = try scene.build(project, ["--once"])
      #expect(refused.status == 6)
      #expect(
        refused.errorText.contains(
          "error: exporting the commit: the git tree is dirty: src/main.rs\nhint: commit the changes"
        ),
        "\(refused.errorText)")
      #expect(!FileSystem.exists("\(scene.path)/out"))
      let output = try scene.build(project, ["--once", "--allow-dirty"])
      #expect(output.status == 0, "\(output.errorText)")
      #expect(output.errorText.contains("the git tree is dirty"))
      #expect(output.text.contains(" and 1 change (sha256:"), "\(output.text)")
      #expect(try scene.json("record.json")["revision"]?["changes"]?["count"] == 1)
      #expect(output.errorText.contains("src/main.rs"))
      #expect(try scene.json("plan.json")["inputs"]?["source"]?["dirty"] == true)
      #expect(try scene.shell("out/artifacts/tiny") == "dirty\n")
      let clean = try scene.build(project, ["--require-clean", "--allow-dirty"])
      #expect(clean.status == 6)
      #expect(clean.errorText.contains("error: exporting the commit: the git tree is dirty"))
    }

    @Test(arguments: Person.all) func aBuildScriptThatEatsMemory(_ person: Person) throws {
      let scene = try Scene(person)
      let script = TroubledProject.script(
        "let mut all = vec![]; loop { all.push(vec![1u8; 16 << 20]); }")
      let project = try scene.layOutTinyProject(edit: script)
      let output = try scene.build(project, ["--once", "--memory", "1G"])
      // A user who can make no control group has each process limited: the script then fails.
      #expect(output.status == (person == .root ? 7 : 4), "\(output.errorText)")
      #expect(output.errorText.contains("memory"))
      try scene.expectNothingLeft()
    }

    @Test func aDeviceIsRefused() throws {
      guard Machine.userID == 0 else { return }
      let scene = try Scene(.root)
      let project = try scene.layOutTinyProject(edit: "mknod null c 1 3")
      let output = try scene.build(project, ["--once"])
      #expect(output.status == 3, "\(output.errorText)")
      #expect(output.errorText.contains("device"))
    }

    @Test(arguments: Person.all) func aPathWithNothing(_ person: Person) throws {
      let scene = try Scene(person)
      for path in ["/no/such/folder", "\(scene.path)/tmp", "/etc/passwd"] {
        let output = try scene.build(path)
        #expect(output.status == 2, "\(output.errorText)")
        #expect(output.errorText.contains(path))
      }
    }

    // MARK: The host

    @Test(arguments: Person.all) func noUserNamespaces(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try scene.layOutTinyProject()
      let line = [try person.executable, "build", project, "--out", "\(scene.path)/out"]
      let output = try Command(
        person.prefix + [
          "unshare", "-Ur", "sh", "-c",
          "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"", "sh",
        ] + line, environment: try scene.environment, timeout: 60
      ).run()
      #expect(output.status == 5, "\(output.errorText)")
      #expect(output.errorText.contains("cupel doctor"), "\(output.errorText)")
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func aStoreOnAFullDisk(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try scene.layOutTinyProject(edit: "head -c 20M /dev/urandom > large")
      let script = """
        set -e
        small=$1 real=$2; shift 2
        mkdir -p "$small"
        mount -t tmpfs -o size=8M tmpfs "$small"
        mkdir "$small/trees"
        cp -r "$real/roots" "$real/locks" "$small"
        mkdir "$small/indexes"
        cd "$real/trees"
        for tree in $(sed 's/sha256://' "$real/roots/rootfs/debian-bookworm-rust"); do
          cp "$real/indexes/$tree" "$small/indexes"
          mkdir "$small/trees/$tree"
          mount --bind "$tree" "$small/trees/$tree"
        done
        CUPEL_STORE=$small "$@" && status=0 || status=$?
        ls "$small/drafts"
        exit $status
        """
      let line = [try person.executable, "build", project, "--out", "\(scene.path)/out"]
      let output = try Command(
        person.prefix + ["unshare", "-Urm", "sh", "-c", script, "sh"]
          + ["\(scene.path)/small", try person.store] + line,
        environment: try scene.environment, timeout: 60
      ).run()
      #expect(output.status == 7, "\(output.errorText)")
      #expect(output.errorText.lowercased().contains("no space left on device"))
      #expect(output.text == "", "drafts are left: \(output.text)")
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func anOutputFolderThatCannotBeWritten(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try scene.layOutTinyProject()
      let output = try scene.build(project, ["--once", "--out", "/proc/out"])
      #expect([2, 5].contains(output.status), "\(output.errorText)")
      #expect(output.errorText.contains("/proc"))
      try scene.expectNothingLeft()
    }
  }
}
