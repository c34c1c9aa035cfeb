extension Rule {
  static let changelog = Rule(
    "changelog", "CHANGELOG.md keeps the form of keepachangelog.com",
    bad: [
      SourceTree([]),
      changelogFile("## [Unreleased]\n\n### Added\n\n- A.\n", title: "# History"),
      changelogFile("## [1.0.0] - 2026-01-31\n\n### Added\n\n- A.\n"),
      changelogFile("## [Unreleased]\n\n### News\n\n- A.\n"),
      changelogFile("## [Unreleased]\n\n### Added\n\n## [1.0.0] - 2026-01-31\n"),
      changelogFile("## [Unreleased]\n\n## [1.0] - 31.1.2026\n"),
      changelogFile("## [Unreleased]\n\n- A.\n"),
      changelogFile("## [Unreleased]\n\n### Added\n"),
    ],
    good: [
      changelogFile("## [Unreleased]\n"),
      changelogFile(
        "## [Unreleased]\n\n### Added\n\n- A\n  b.\n\n"
          + "## [1.0.0] - 2026-01-31\n\n### Fixed\n\n- A.\n"),
    ],
    tree: { tree in
      guard let file = tree.files.first(where: { $0.path == "CHANGELOG.md" }) else {
        return [Finding(path: "CHANGELOG.md", line: 1, message: "is missing")]
      }
      return problems(of: file)
    })
}

private let kinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]

/// Judges each heading and entry by itself and by what stands before it.
private func problems(of file: SourceFile) -> [Finding] {
  var findings: [Finding] = []
  var before = Part.title
  var releases = 0
  if file.line(1, of: file.text) != "# Changelog" {
    findings.append(file.finding(1, "should begin with \"# Changelog\""))
  }
  for number in 1...max(1, file.lineCount) {
    let line = file.line(number, of: file.text)
    guard let part = Part(line) else { continue }
    switch part {
    case .title: break
    case .release:
      releases += 1
      if releases == 1, line != "## [Unreleased]" {
        findings.append(file.finding(number, "the first should be \"## [Unreleased]\""))
      } else if releases > 1, !isRelease(line) {
        findings.append(file.finding(number, "should read like \"## [1.2.3] - 2026-01-31\""))
      }
    case .kind:
      if !kinds.contains(String(line.dropFirst(4))) {
        findings.append(file.finding(number, "is none of \(kinds.joined(separator: ", "))"))
      }
    case .entry:
      if before != .kind, before != .entry {
        findings.append(file.finding(number, "belongs under \"### Added\" or alike"))
      }
    }
    if before == .kind, part != .entry {
      findings.append(file.finding(number, "the heading above has no entry: drop it"))
    }
    before = part
  }
  if before == .kind { findings.append(file.finding(file.lineCount, "the last kind is empty")) }
  if releases == 0 { findings.append(file.finding(1, "has no \"## [Unreleased]\"")) }
  return findings
}

/// What a line of the file is; prose and the rest of an entry are none.
private enum Part {
  case title, release, kind, entry

  init?(_ line: String) {
    if line.hasPrefix("# ") {
      self = .title
    } else if line.hasPrefix("## ") {
      self = .release
    } else if line.hasPrefix("### ") {
      self = .kind
    } else if line.hasPrefix("- ") {
      self = .entry
    } else {
      return nil
    }
  }
}

/// Whether the heading names a version and its day: "## [1.2.3] - 2026-01-31".
private func isRelease(_ heading: String) -> Bool {
  heading.wholeMatch(of: /## \[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}/) != nil
}

private func changelogFile(_ body: String, title: String = "# Changelog") -> SourceTree {
  SourceTree([SourceFile("CHANGELOG.md", "\(title)\n\n\(body)")])
}
