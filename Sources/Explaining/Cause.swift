/// The class of a difference: what it comes from where the bytes show that, else what it is.
public enum Cause: String, Sendable, CaseIterable {
  // What makes builds differ.
  case sourcePath = "source path"
  case temporaryName = "temporary name"
  case embeddedTime = "embedded time"
  case compilerVersion = "compiler version"
  case codegenUnits = "codegen units"
  case crateHash = "crate metadata hash"
  case dependencyList = "dependency list"
  case archiveHeader = "archive member header"
  case archiveNames = "archive member names"
  case order = "order"

  // What follows from a difference elsewhere.
  case buildID = "build-id"
  case moduleHash = "LLVM module hash"
  case movedAddress = "moved addresses"
  case movedText = "length or place of a named text"
  case symbolIndex = "symbol and string tables"
  case fileHeader = "file headers"

  // What is located, and not explained.
  case constant = "constant"
  case text = "text"
  case code = "code"
  case debugInformation = "debug information"
  case crateMetadata = "crate metadata (opaque)"
  case onlyInOne = "only in one"
  case data = "data"
  case tooLarge = "too large to look into"

  public enum Standing: String, Sendable {
    /// It makes builds differ by itself.
    case cause
    /// It follows from another difference, and is never a cause.
    case symptom
    /// Where it is is known, why is not.
    case located
  }

  public var standing: Standing {
    switch self {
    case .sourcePath, .temporaryName, .embeddedTime, .compilerVersion, .codegenUnits, .crateHash,
      .dependencyList, .archiveHeader, .archiveNames, .order:
      .cause
    case .buildID, .moduleHash, .movedAddress, .movedText, .symbolIndex, .fileHeader: .symptom
    case .constant, .text, .code, .debugInformation, .crateMetadata, .onlyInOne, .data, .tooLarge:
      .located
    }
  }
}
