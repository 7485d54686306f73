import ArgumentParser
import Failing
import Hashing
import Linux
import Reading
import Signing

/// `cupel sign`.
struct SignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign",
    abstract: "Sign files, and check signatures.",
    discussion: """
      Examples:
        cupel sign rg --key release.key
        cupel sign statement.json --key release.key --format dsse \\
          --payload-type application/vnd.in-toto+json
        cupel sign check rg --signature rg.sigstore.json --key release.pub
      """,
    subcommands: [Make.self, Check.self], defaultSubcommand: Make.self)

  /// How a signature is written down.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case dsse, bundle, minisign, ssh, gpg, raw

    /// The end of the name of a signature's file.
    var ending: String {
      switch self {
      case .dsse: ".dsse.json"
      case .bundle: ".sigstore.json"
      case .minisign: ".minisig"
      case .ssh: ".sshsig"
      case .gpg: ".asc"
      case .raw: ".sig"
      }
    }
  }

  /// `cupel sign FILE…`.
  struct Make: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "make", abstract: "Sign files (the default).",
      discussion: """
        The signature of FILE is written beside it: FILE.sigstore.json (bundle), FILE.dsse.json, \
        FILE.minisig, FILE.sshsig, FILE.asc (gpg) or FILE.sig (raw).

        --key is the private key's file; for ssh the public key's if an agent has the private one, \
        for gpg what --local-user takes.
        """)

    @Argument(help: "What to sign.")
    var file: [String]

    @OptionGroup var signer: SigningKeyOptions

    @Option(
      help: "How to write the signature (default: minisign for a key of minisign, else bundle).")
    var format: Format?

    @Option(help: "What FILE is, for dsse; with bundle, puts FILE into an envelope.")
    var payloadType: String?

    @Option(help: "minisign's trusted comment (default: time, name and SHA-256 of the file).")
    var trustedComment: String?

    @Option(help: "What an SSH signature is for.")
    var namespace = "file"

    @Option(help: "Where to write the signature of the one FILE; - is standard output.")
    var out: String?

    mutating func validate() throws {
      if format != .gpg { try signer.requireKey() }
      if signer.files.count > 1, format != .dsse {
        throw ValidationError("only --format dsse holds signatures by several keys")
      }
      if format == .dsse, payloadType == nil {
        throw ValidationError("--format dsse needs --payload-type")
      }
      if payloadType != nil, format != .dsse, format != .bundle {
        throw ValidationError("--payload-type is for --format dsse and --format bundle")
      }
      if format == .ssh, signer.files.isEmpty { throw ValidationError("--format ssh needs --key") }
      if format == .gpg, signer.isNamed, signer.files.isEmpty {
        throw ValidationError("--format gpg signs with a key of gpg's own")
      }
      if out != nil, file.count > 1 { throw ValidationError("--out is for one FILE") }
    }

    mutating func run() throws {
      try Interruption.watch([.interrupt, .terminate, .hangup])
      let signer = try Signer(self)
      for path in file {
        let content: [UInt8]
        do throws(SystemError) {
          content = try FileSystem.read(path)
        } catch {
          throw UsageError("reading what is to be signed", cause: error)
        }
        let signature = try signer.sign(content, path)
        if out == "-" {
          StandardStream.output.write(signature)
          continue
        }
        let target = out ?? path + signer.format.ending
        try FileSystem.write(signature, to: target)
        Talk.say("wrote \(target)")
      }
    }
  }

  /// The keys of one run, read once.
  private struct Signer {
    let format: Format
    private let keys: [SigningKey]
    private let options: Make

    init(_ options: Make) throws {
      self.options = options
      if let format = options.format, format == .ssh || format == .gpg {
        self.format = format
        keys = []
        return
      }
      keys = try options.signer.load()
      format = options.format ?? (keys[0].minisignKeyNumber == nil ? .bundle : .minisign)
    }

    func sign(_ content: [UInt8], _ path: String) throws -> [UInt8] {
      switch format {
      case .dsse:
        return try Envelope(
          signing: content, payloadType: options.payloadType ?? "", with: keys
        ).jsonBytes + [UInt8(ascii: "\n")]
      case .bundle:
        let bundle =
          try options.payloadType.map {
            try SigstoreBundle(attesting: content, payloadType: $0, with: keys[0])
          } ?? SigstoreBundle(signing: content, with: keys[0])
        return bundle.jsonBytes + [UInt8(ascii: "\n")]
      case .minisign:
        return try MinisignSignature(
          signing: content, with: keys[0],
          trustedComment: options.trustedComment ?? Self.comment(content, path)
        ).fileBytes
      case .ssh:
        return try SSHSignature.sign(
          content, key: options.signer.files[0], namespace: options.namespace)
      case .gpg:
        return try OpenPGPSignature.sign(
          content, user: options.signer.files.first,
          passphraseFile: options.signer.passphrase.passphraseFile)
      case .raw: return try keys[0].sign(content)
      }
    }

    /// Like minisign's own, and the digest.
    private static func comment(_ content: [UInt8], _ path: String) -> String {
      let time =
        Machine.environment("SOURCE_DATE_EPOCH").flatMap(Int64.init) ?? Machine.wallClockSeconds
      let name = FileSystem.split(path).name.printable
      return "timestamp:\(time)\tfile:\(name)\thashed\tsha256:\(Digest.hashing(content).hex)"
    }
  }
}
