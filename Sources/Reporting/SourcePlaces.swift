internal import Building
internal import Reading
public import Staging

/// Where in the source the packages of a build stand: in its Cargo.lock, the one file that names all.
public struct SourcePlaces: Sendable {
  /// Relative to the root of the source.
  private let lockFile: String
  private let packages: [CargoLock.Package]

  public init(_ project: StagedProject) {
    self.init(lockFile: project.cargoLockPath, project.cargoLock)
  }

  init(lockFile: String, _ lock: CargoLock) {
    self.lockFile = lockFile
    packages = lock.packages
  }

  var lock: Diagnostic.Place { Diagnostic.Place(lockFile) }

  func place(of package: CargoPackage?) -> Diagnostic.Place {
    guard let package else { return lock }
    return place {
      $0.name.utf8.elementsEqual(package.name.utf8)
        && $0.version.utf8.elementsEqual(package.version.utf8)
    }
  }

  /// Of a hazard in a crate, the place of the crate: its files are no part of the source, or one knows
  /// it by a name that is no path.
  func place(of hazard: Hazard) -> Diagnostic.Place {
    guard let file = hazard.file, !file.isEmpty else { return lock }
    if hazard.isInSource { return Diagnostic.Place(file, line: hazard.line) }
    let folder = file.split(separator: "/").first.map(String.init) ?? file
    return place {
      [$0.name, "\($0.name)-\($0.version)", $0.title].contains {
        $0.utf8.elementsEqual(folder.utf8)
      }
    }
  }

  private func place(_ isIt: (CargoLock.Package) -> Bool) -> Diagnostic.Place {
    let package = packages.first(where: isIt)
    return Diagnostic.Place(lockFile, line: package?.position.line)
  }
}
