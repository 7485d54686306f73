public import ArgumentParser
public import Building
public import Reading

extension ByteCount: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension Seconds: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension Build.Mode: ExpressibleByArgument {}

extension SourceLevel: ExpressibleByArgument {
  public init?(argument: String) {
    guard let level = SourceLevel(rawValue: argument), Self.requirable.contains(level) else {
      return nil
    }
    self = level
  }
}
