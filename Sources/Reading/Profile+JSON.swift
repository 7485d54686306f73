extension Profile {
  /// The whole profile, what it extends included (docs/profiles.md).
  public var json: JSON {
    var object = JSON.Object()
    object["schema"] = 1
    object["name"] = .string(name)
    object["description"] = .string(description)
    object["extends"] = base.map { .string($0) } ?? .null
    object["syscalls"] = .object([
      ("default", .string(syscalls.defaultAction.word)),
      ("unknown", .string(syscalls.unknown.word)),
      ("newest", .integer(Int64(syscalls.newest))),
      ("rules", .array(syscalls.rules.map(\.json))),
    ])
    object["sockets"] = sockets.map(\.json) ?? .null
    object["writes"] = writeReports.map { ["report": true, "reason": .string($0.reason)] } ?? .null
    object["observe"] =
      observation.map {
        [
          "opens": .bool($0.opens), "programs": .bool($0.programs), "reason": .string($0.reason),
        ]
      } ?? .null
    object["proc"] = .object([
      ("masked", .array(masked.map(\.json))), ("readonly", .array(readOnly.map(\.json))),
      (
        "hidepid",
        processVisibility.map {
          ["mode": .string($0.value.rawValue), "reason": .string($0.reason)]
        } ?? .null
      ),
    ])
    object["landlock"] =
      landlock.map {
        [
          "require": .integer(Int64($0.required)), "tcp": .bool($0.allowsTCP),
          "reason": .string($0.reason),
        ]
      } ?? .null
    object["time"] =
      uptime.map { ["uptime": .integer(Int64($0.value)), "reason": .string($0.reason)] } ?? .null
    object["devices"] = .array(
      deviceGroups.map { group in
        [
          "names": .strings(group.names.map(\.rawValue)), "reason": .string(group.reason),
        ]
      })
    object["writable"] = .object(
      Writable.Folder.allCases.map { folder in
        (
          folder.rawValue,
          [
            "size": .string(writable.size(of: folder).description),
            "reason": writable.entry(folder).map { .string($0.reason) } ?? .null,
          ]
        )
      })
    object["limits"] = .object(
      limits.rows.map { row in
        (row.key, ["most": .string(row.value), "reason": .string(row.reason)])
      })
    return .object(object)
  }
}

extension Profile.Limits {
  /// Those that are set: the key in a profile, the value as text, the reason.
  var rows: [(key: String, value: String, reason: String)] {
    var rows: [(key: String, value: String, reason: String)] = []
    for (key, limit) in [("nofile", openFiles), ("pids", pids)] {
      if let limit { rows.append((key, String(limit.value), limit.reason)) }
    }
    if let memory { rows.append(("memory", memory.value.description, memory.reason)) }
    return rows
  }
}

extension Profile.Rule {
  fileprivate var json: JSON {
    [
      "names": .strings(names),
      "numbers": .object(numbers.map { ($0.name, .integer(Int64($0.number))) }),
      "when": .array(
        conditions.map { condition in
          [
            "argument": .integer(Int64(condition.argument)),
            "op": .string(condition.operation.rawValue), "value": .strings(condition.values),
            "mask": condition.mask.map { .string("0x" + String($0, radix: 16)) } ?? .null,
          ]
        }),
      "action": .string(action.word),
      "report": report.map { .string($0.rawValue) } ?? .null,
      "reason": .string(reason),
    ]
  }
}

extension Profile.Condition {
  fileprivate var operation: Operator {
    switch test {
    case .less: .less
    case .lessOrEqual: .lessOrEqual
    case .greater: .greater
    case .greaterOrEqual: .greaterOrEqual
    case .oneOf: .oneOf
    case .noneOf: .noneOf
    case .anyBit: .anyBit
    }
  }

  fileprivate var mask: UInt64? {
    switch test {
    case .oneOf(_, let mask), .noneOf(_, let mask): mask == .max ? nil : mask
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .anyBit: nil
    }
  }
}

extension Profile.Sockets {
  fileprivate var json: JSON {
    [
      "families": .strings(familyNames), "decoys": .strings(decoyNames),
      "reason": .string(reason),
    ]
  }
}

extension Profile.PathGroup {
  fileprivate var json: JSON { ["paths": .strings(paths), "reason": .string(reason)] }
}

extension JSON {
  fileprivate static func strings(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }
}
