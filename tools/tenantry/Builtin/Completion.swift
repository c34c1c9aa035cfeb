/// Finds what may follow on a line that is still being typed.
///
/// The shells' scripts ask for it with a hidden command, so all of them know the same.
struct Completion {
  /// The hidden command's word; the words of the line follow, the one under the cursor last.
  static let word = "__complete"

  private let table: CommandTable
  private let store: ProfileStore

  init(_ table: CommandTable, _ store: ProfileStore) {
    self.table = table
    self.store = store
  }

  /// The words that may stand in place of the last one, each once.
  func candidates(_ typed: [String]) -> [String] {
    let last = typed.last ?? ""
    var words: [String] = []
    var arguments = 0
    var pending: Parameter?
    for word in typed.dropLast() {
      if pending != nil {
        pending = nil
      } else if word.hasPrefix("-") {
        let flag = flag(word, words)
        pending = flag?.value == Parameter.Value.none || word.contains("=") ? nil : flag
      } else if table.hasCommand(beginning: words + [word]), arguments == 0 {
        words.append(word)
      } else {
        arguments += 1
      }
    }
    let found: [String]
    if let pending {
      found = values(pending)
    } else if last.hasPrefix("-") {
      found = flags(words).map { "--\($0.name)" }
    } else {
      found = next(words, arguments)
    }
    return found.filter { $0.hasPrefix(last) }
  }

  private func next(_ words: [String], _ arguments: Int) -> [String] {
    let index = words.count
    let followers = Set(table.group(words).map { $0.words[index] }).sorted()
    guard let command = table.command(words), arguments < command.arguments.count else {
      return followers
    }
    return followers + values(command.arguments[arguments])
  }

  private func flags(_ words: [String]) -> [Parameter] {
    (table.command(words)?.flags ?? []) + GlobalFlags.all
  }

  private func flag(_ typed: String, _ words: [String]) -> Parameter? {
    let name = typed.split(separator: "=").first.map(String.init) ?? typed
    return flags(words).first { flag in
      "--\(flag.name)" == name || flag.short.map { "-\($0)" } == name
    }
  }

  private func values(_ parameter: Parameter) -> [String] {
    if parameter.name == "profile" { return store.names }
    if case .choice(let words) = parameter.value { return words }
    return []
  }
}

/// The shells that there is a completion script for.
enum Shell: String, Sendable, CaseIterable {
  case bash, zsh, fish

  /// The script; how to load it stands at its top.
  var script: String {
    switch self {
    case .bash:
      """
      # Load it with: source <(tenantry completion bash)
      _tenantry() {
        local words=("${COMP_WORDS[@]:1:COMP_CWORD}")
        mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" \(Completion.word) "${words[@]}")
      }
      complete -o default -F _tenantry tenantry
      """
    case .zsh:
      """
      #compdef tenantry
      # Load it with: source <(tenantry completion zsh)
      _tenantry() {
        local -a found
        found=("${(@f)$("${words[1]}" \(Completion.word) "${(@)words[2,CURRENT]}")}")
        if [[ -n ${found[1]} ]]; then compadd -a found; else _files; fi
      }
      compdef _tenantry tenantry
      """
    case .fish:
      """
      # Load it with: tenantry completion fish | source
      function __tenantry_complete
        set -l words (commandline -opc) (commandline -ct)
        $words[1] \(Completion.word) $words[2..-1]
      end
      complete -c tenantry -f -a '(__tenantry_complete)'
      """
    }
  }
}
