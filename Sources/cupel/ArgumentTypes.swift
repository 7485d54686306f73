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
