public import ArgumentParser
public import Building
public import Listing
public import Reading
public import Staging

extension ByteCount: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension Seconds: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension DenialPolicy: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(names: argument.split(separator: ",").map(String.init))
  }

  public var defaultValueDescription: String {
    failing.isEmpty ? "none" : failing.map(\.rawValue).sorted().joined(separator: ",")
  }
}

extension StoreVerification: ExpressibleByArgument {}

extension Build.Schedule: ExpressibleByArgument {}

extension KitExport.Form: ExpressibleByArgument {}

extension BillOfMaterials.CycloneDX: ExpressibleByArgument {}

extension SourceLevel: ExpressibleByArgument {
  public init?(argument: String) {
    guard let level = SourceLevel(rawValue: argument), Self.requirable.contains(level) else {
      return nil
    }
    self = level
  }
}

extension UTCTime: ExpressibleByArgument {
  public init?(argument: String) { self.init(iso: argument) }
}
