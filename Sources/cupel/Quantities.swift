public import ArgumentParser
public import Reading

extension ByteCount: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension Seconds: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
