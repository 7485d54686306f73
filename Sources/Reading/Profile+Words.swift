extension Profile {
  /// The whole profile for people: every rule with its reason, in lines of at most `columns`
  /// characters where words allow.
  public func words(columns: Int) -> String {
    var page = Page(columns: columns)
    page.write("\(name): \(description)")
    if let base { page.write("extends \(base), whose rules are among these") }

    page.head("System calls")
    page.write(
      "\(syscalls.defaultAction.word) what no rule names; "
        + "\(syscalls.unknown.word) numbers above \(syscalls.newest)", indent: 2)
    for rule in syscalls.rules {
      page.entry(
        rule.action.word, rule.summary,
        rule.reason + (rule.report.map { " (reported as \($0.rawValue))" } ?? ""))
    }
    if let sockets {
      page.head("Sockets")
      page.entry("allow", Page.list(sockets.familyNames), sockets.reason)
      page.entry("decoy", Page.list(sockets.decoyNames), "every other family is refused")
    }
    if let writeReports {
      page.head("Writes")
      page.entry("report", "files opened for writing on read-only mounts", writeReports.reason)
    }
    if let observation {
      page.head("Observation")
      page.entry("observe", Page.list(observation.subjects), observation.reason)
    }
    page.head("/proc")
    if let processVisibility {
      page.entry("hidepid", processVisibility.value.rawValue, processVisibility.reason)
    }
    for group in masked { page.entry("hide", Page.list(group.paths), group.reason) }
    for group in readOnly { page.entry("freeze", Page.list(group.paths), group.reason) }
    if let landlock {
      page.head("Landlock")
      page.entry("restrict", landlock.summary, landlock.reason)
    }
    if let uptime {
      page.head("Time")
      page.entry("uptime", "\(uptime.value) seconds", uptime.reason)
    }
    page.head("Devices")
    for group in deviceGroups {
      page.entry("give", Page.list(group.names.map(\.rawValue)), group.reason)
    }
    page.head("Writable folders")
    for folder in Writable.Folder.allCases {
      let reason = writable.entry(folder)?.reason ?? "not named in the profile"
      page.entry(
        "limit", "\(folder.rawValue): \(writable.size(of: folder))", reason)
    }
    page.head("Limits")
    for row in limits.rows { page.entry("limit", "\(row.key): \(row.value)", row.reason) }
    return page.text
  }
}

extension Profile.Rule {
  /// The calls, and when.
  var summary: String {
    Page.list(calls)
      + (conditions.isEmpty ? "" : ", when " + conditions.map(\.clause).joined(separator: " and "))
  }
}

extension Profile.Landlock {
  var summary: String {
    (required == 0 ? "whatever version there is" : "version \(required) or newer")
      + (allowsTCP ? ", TCP allowed" : ", no TCP")
  }
}

extension Profile.Observation {
  var subjects: [String] {
    (opens ? ["files that are opened"] : []) + (programs ? ["programs that are executed"] : [])
  }
}

extension Profile.Condition {
  /// `argument 0 is one of AF_UNIX, AF_INET`
  var clause: String {
    let mask = maskNames.joined(separator: " | ")
    let subject =
      "argument \(argument)"
      + (mask.isEmpty ? "" : maskNames.count == 1 ? " & \(mask)" : " & (\(mask))")
    let list = Page.list(values)
    let verb =
      switch test {
      case .less: "is below"
      case .lessOrEqual: "is at most"
      case .greater: "is above"
      case .greaterOrEqual: "is at least"
      case .oneOf: values.count == 1 ? "is" : "is one of"
      case .noneOf: values.count == 1 ? "is not" : "is none of"
      case .anyBit: "has a bit of"
      }
    return "\(subject) \(verb) \(list)"
  }
}

/// Lines for a terminal, broken between words.
private struct Page {
  let columns: Int
  private(set) var text = ""

  init(columns: Int) {
    self.columns = max(columns, 40)
  }

  static func list(_ names: [String]) -> String {
    names.isEmpty ? "nothing" : names.joined(separator: ", ")
  }

  mutating func head(_ title: String) {
    text += "\n\(title)\n"
  }

  /// A word in the margin, what it is about, and below it the reason.
  mutating func entry(_ word: String, _ subject: String, _ reason: String) {
    let margin = "  " + word + String(repeating: " ", count: max(1, 11 - word.utf8.count))
    write(subject, indent: 13, margin: margin)
    write(reason, indent: 15)
  }

  mutating func write(_ words: String, indent: Int = 0, margin: String = "") {
    let space = String(repeating: " ", count: indent)
    var line = margin.isEmpty ? space : margin
    var isFresh = true
    for word in words.split(separator: " ") {
      if !isFresh, line.count + 1 + word.count > columns {
        text += line + "\n"
        line = space
        isFresh = true
      }
      line += (isFresh ? "" : " ") + word
      isFresh = false
    }
    text += line + "\n"
  }
}
