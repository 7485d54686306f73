public import Planning

// What each known cause comes with. Most telling first: summaries show the first two.

extension Advice {
  /// What to do where the output follows this variation.
  public static func on(_ variation: Variation) -> [Advice] {
    byVariation[variation.rawValue] ?? []
  }

  /// By name, as records hold them.
  private static let byVariation: [String: [Advice]] = [
    "hostname": [
      Advice(.code, "leave the host's name out of what is generated"),
      Advice(
        .build, "where a name must be recorded, give a fixed one in [env] of .cargo/config.toml",
        "BUILD_HOST = { value = \"release\", force = true }"),
    ],
    "domain": [Advice(.code, "leave the host's and the domain's name out of what is generated")],
    "user": [
      Advice(
        .code, "leave user, uid and gid out of what is generated, and set them in archives",
        "header.set_uid(0); header.set_gid(0);")
    ],
    "clock": [sourceDate, vergen],
    "timezone": [
      Advice(
        .code, "write times in UTC, never in local time",
        "OffsetDateTime::from_unix_timestamp(epoch)?"),
      sourceDate,
    ],
    "locale": [
      Advice(
        .code, "compare by bytes, and run other programs with LC_ALL=C",
        "Command::new(\"sort\").env(\"LC_ALL\", \"C\")")
    ],
    "umask": [
      Advice(
        .code, "set the mode of each packed or written file yourself", "header.set_mode(0o644);")
    ],
    "environment": [
      Advice(
        .code, "read variables by name, and never the environment as a whole or its size",
        "println!(\"cargo::rerun-if-env-changed=NAME\");"),
      fixedVariable,
    ],
    "cpus": [
      Advice(
        .code,
        "let NUM_JOBS and available_parallelism() decide how work is spread, never what comes out"),
      Advice(
        .code, "put results of parallel work into the order of their inputs",
        "results.sort_by_key(|result| result.index);"),
    ],
    "readdir": [
      Advice(
        .code, "sort the folder's entries before they are used",
        "entries.sort_by_key(|entry| entry.file_name());"),
      Advice(
        .code, "with walkdir, ask for an order", "WalkDir::new(folder).sort_by_file_name()"),
    ],
    "aslr": [
      Advice(
        .code, "let no address reach the output: no pointer as a key, none to sort or hash by"),
      compiler,
    ],
    "random": [
      Advice(
        .code, "use a BTreeMap or an IndexMap, or sort what a HashMap lists before it is written",
        "let names: BTreeMap<_, _> = names.into_iter().collect();"),
      Advice(
        .code, "or give the table a fixed hasher",
        "HashMap::<_, _, BuildHasherDefault<DefaultHasher>>::default()"),
    ],
    "kernel": [
      Advice(
        .code, "decide by the target, not by the kernel that happens to compile",
        "env::var(\"CARGO_CFG_TARGET_OS\")")
    ],
    "home": [
      Advice(
        .code, "leave the home folder out of what is generated, and read no settings from it"),
      pathsInCode,
    ],
    "tmpdir": [temporaryName],
    "mtimes": [
      Advice(
        .code, "look at contents and not at times, and set those of packed files",
        "header.set_mtime(epoch);"),
      sourceDate,
    ],
    "niceness": [race],
    "paths": [pathsInCode, remapping, nativePaths],
  ]

  /// What to do where nothing but the kind of the root is known.
  public static func on(_ root: Blame.Root) -> [Advice] {
    switch root {
    case .generated:
      [
        Advice(
          .code,
          "let what the build script writes follow from its inputs alone: sort what it lists, and "
            + "write no time, path or random number")
      ]
    case .nativeCode: [archive, nativeDate]
    case .environment: [fixedVariable]
    case .arguments:
      [
        Advice(
          .code, "let build scripts give cargo the same instructions each time, in the same order"),
        Advice(
          .build, "put flags into .cargo/config.toml, where they are the same for everybody",
          "rustflags = [\"--cfg\", \"feature_x\"]"),
      ]
    case .sources, .changedLater: [race]
    case .procMacros:
      [
        Advice(
          .code,
          "let the macro's output follow from its input alone: a BTreeMap or sorting instead of a "
            + "HashMap, no time, no files in the order of their folder",
          "let fields: BTreeMap<_, _> = fields.into_iter().collect();")
      ]
    case .codeGeneration: [compiler, codegenUnits]
    case .compiler: [compiler, threads]
    }
  }

  /// What to do about a class of bytes; nothing about what only follows, or is only located.
  public static func on(_ cause: Cause) -> [Advice] {
    switch cause {
    case .sourcePath: [remapping, pathsInCode, nativePaths]
    case .temporaryName: [temporaryName]
    case .embeddedTime: [sourceDate, vergen, nativeDate]
    case .compilerVersion:
      [
        Advice(
          .build,
          "compile with one toolchain: pin it in rust-toolchain.toml, and the C compiler "
            + "by cupel.lock", "channel = \"1.96.0\"")
      ]
    case .codegenUnits: [codegenUnits]
    case .crateHash:
      [
        Advice(
          .build,
          "keep the package's path, its features, RUSTFLAGS and --target as they are: they are in "
            + "each crate's hash")
      ]
    case .dependencyList:
      [Advice(.build, "build with the committed Cargo.lock and the same features", "--locked")]
    case .archiveHeader: [archive]
    case .archiveNames: [incremental]
    case .order:
      [
        Advice(
          .code, "give what is listed an order of its own: sort it, or keep it in a BTreeMap",
          "items.sort();")
      ]
    case .buildID, .moduleHash, .movedAddress, .movedText, .symbolIndex, .fileHeader, .constant,
      .text, .code, .debugInformation, .crateMetadata, .onlyInOne, .data, .tooLarge:
      []
    }
  }

  /// The same, with what the places show.
  public static func on(_ finding: Finding) -> [Advice] {
    let own = on(finding.cause)
    guard finding.cause == .sourcePath else { return own }
    let texts =
      [finding.detail] + finding.evidence.flatMap { [$0.first, $0.second].compactMap { $0 } }
    return texts.contains { $0.contains("rustlib/src") } ? [rustSource] + own : own
  }

  // MARK: Advice that several causes share

  static let sourceDate = Advice(
    .code, "take the time from SOURCE_DATE_EPOCH where that is set",
    "let epoch: i64 = env::var(\"SOURCE_DATE_EPOCH\")?.parse()?;")
  static let vergen = Advice(
    .build, "where vergen writes it, set VERGEN_IDEMPOTENT in [env] of .cargo/config.toml",
    "VERGEN_IDEMPOTENT = \"1\"")
  static let fixedVariable = Advice(
    .build,
    "give the variable a fixed value in [env] of .cargo/config.toml, or do not compile it in",
    "NAME = { value = \"fixed\", force = true }")
  static let temporaryName = Advice(
    .code, "write temporary files below OUT_DIR, under fixed names",
    "let work = Path::new(&env::var(\"OUT_DIR\")?).join(\"work\");")
  static let pathsInCode = Advice(
    .code,
    "leave absolute paths out of what is compiled: env!(\"OUT_DIR\") belongs into include! only",
    "include!(concat!(env!(\"OUT_DIR\"), \"/names.rs\"));")
  static let remapping = Advice(
    .build, "rename the prefix in what rustc writes",
    "rustflags = [\"--remap-path-prefix=/home/me/app=/src\"]")
  static let nativePaths = Advice(
    .build, "rename it in what C compilers write",
    "CFLAGS = \"-ffile-prefix-map=/home/me/app=/src\"")
  static let rustSource = Advice(
    .build,
    "remove rust-src from the toolchain, or pin it: with it, paths of the standard "
      + "library's sources are those of the machine", "rustup component remove rust-src")
  static let archive = Advice(
    .build, "make archives without times and owners: `ar` with D, or ZERO_AR_DATE=1",
    "Command::new(\"ar\").args([\"crsD\", \"libnative.a\", \"native.o\"])")
  static let nativeDate = Advice(
    .code,
    "leave __DATE__, __TIME__ and facts of the host out of C sources; gcc and clang take the "
      + "date from SOURCE_DATE_EPOCH")
  static let incremental = Advice(
    .build, "compile without increments, whose object files have random names",
    "CARGO_INCREMENTAL=0")
  static let codegenUnits = Advice(
    .manifest, "fix the number of codegen units, so that no machine chooses it",
    "[profile.release] codegen-units = 1")
  static let race = Advice(
    .code,
    "let each build script write below its own OUT_DIR only, and let no output depend on "
      + "which of two tasks is done first")
  static let compiler = Advice(
    .build,
    "if it is the compiler's own doing, pin the toolchain and report it with this unit's "
      + "command line", "https://github.com/rust-lang/rust/issues")
  static let threads = Advice(
    .build, "compile without -Zthreads, and link with one linker that is pinned with the toolchain")
}
