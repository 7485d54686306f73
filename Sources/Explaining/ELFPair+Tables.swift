internal import Comparing

extension ELFPair {
  private static func hamming(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Int {
    zip(a, b).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) } + abs(a.count - b.count)
  }

  /// Relocations by the place that they are for.
  func explainRelocations(
    _ pair: SectionPair, _ first: Contents, _ second: Contents, into ledger: inout Ledger
  ) {
    let name = label(pair.first)
    let size = a.file.isWide ? 24 : 12
    guard pair.first.type == 4, pair.first.entrySize == Int64(size) else {
      let bytes = BlockAlignment.positional(first.bytes, second.bytes).gaps.reduce(0) {
        $0 + $1.count
      }
      return ledger.note(.data, "relocations", bytes: bytes, Finding.Evidence(name))
    }
    let width = size / 3
    var places: [UInt64: Int] = [:]
    for offset in stride(from: 0, to: second.count - size + 1, by: size) {
      if let place = second.integer(at: offset, size: width) { places[place] = offset }
    }
    var matched = 0
    for offset in stride(from: 0, to: first.count - size + 1, by: size) {
      guard let place = first.integer(at: offset, size: width),
        let info = first.integer(at: offset + width, size: width),
        let addend = first.integer(at: offset + 2 * width, size: width)
      else { continue }
      let delta = isLinked ? map.delta(at: Int64(bitPattern: place)) ?? 0 : 0
      guard let other = places[place &+ UInt64(bitPattern: delta)],
        let otherInfo = second.integer(at: other + width, size: width),
        let otherAddend = second.integer(at: other + 2 * width, size: width)
      else {
        ledger.note(
          .data, "relocations only in A", bytes: size,
          Finding.Evidence(name, at: offset, nil, "of \(Excerpt.hexadecimal(place))"))
        continue
      }
      matched += 1
      let (m, n) = (first[offset..<(offset + size)], second[other..<(other + size)])
      if m.elementsEqual(n) { continue }
      let bytes = Self.hamming(m, n)
      let evidence = Finding.Evidence(
        name, at: offset, other, Excerpt.hexadecimal(addend), Excerpt.hexadecimal(otherAddend))
      if let claim = claimedPlaces[Int64(bitPattern: place)] {
        ledger.note(claim.cause, claim.detail, places: 0, bytes: bytes)
      } else if isLinked, info == otherInfo,
        addend == otherAddend
          || map.delta(at: Int64(bitPattern: addend)) == Int64(bitPattern: otherAddend &- addend)
      {
        ledger.note(.movedAddress, bytes: bytes, evidence)
      } else if !isLinked, addend == otherAddend {
        // The number of the symbol; its name is compared with the other names.
        ledger.note(.symbolIndex, bytes: bytes, evidence)
      } else {
        ledger.note(.data, "relocations that lead elsewhere", bytes: bytes, evidence)
      }
    }
    let extra = second.count / size - matched
    if extra > 0 {
      ledger.note(
        .data, "relocations only in B", places: extra, bytes: extra * size, Finding.Evidence(name))
    }
  }

  /// Entries of symbols follow from the symbols.
  func explainSymbols(
    _ pair: SectionPair, _ first: Contents, _ second: Contents, into ledger: inout Ledger
  ) {
    let name = label(pair.first)
    let size = a.file.isWide ? 24 : 16
    let common = min(first.count, second.count) / size * size
    var (indexBytes, addressBytes, addressPlaces) = (0, 0, 0)
    for offset in stride(from: 0, to: common, by: size) {
      let (m, n) = (first[offset..<(offset + size)], second[offset..<(offset + size)])
      if m.elementsEqual(n) { continue }
      let value = a.file.isWide ? 8 : 4
      let width = a.file.isWide ? 8 : 4
      let bytes = Self.hamming(m, n)
      if let u = first.integer(at: offset + value, size: width),
        let v = second.integer(at: offset + value, size: width), u != v,
        isLinked, map.delta(at: Int64(bitPattern: u)) == Int64(bitPattern: v &- u)
      {
        addressBytes += bytes
        addressPlaces += 1
      } else {
        indexBytes += bytes
      }
    }
    if addressPlaces > 0 {
      ledger.note(.movedAddress, places: addressPlaces, bytes: addressBytes, Finding.Evidence(name))
    }
    let rest = max(first.count, second.count) - common
    if indexBytes + rest > 0 {
      ledger.note(.symbolIndex, bytes: indexBytes + rest, Finding.Evidence(name))
    }
  }
}
