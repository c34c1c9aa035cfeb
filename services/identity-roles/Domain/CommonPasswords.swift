/// Tells passwords that are on every attacker's list, however they are dressed up.
enum CommonPasswords {
  /// With fewer letters of its own than this, a password is a common one with a garnish.
  static let ownLetters = 4
  private static let shortestRun = 4

  /// Whether hardly a letter stands outside common passwords, runs and repetitions.
  ///
  /// Runs are those of the keyboard and of the alphabet, either way. Digits and punctuation count
  /// for nothing, and stand for the letters that they look like.
  static func isMadeOfThem(_ password: String) -> Bool {
    let text = Array(password.lowercased())
    // The fewest letters of its own that each beginning of the password needs.
    var own = Array(repeating: Int.max, count: text.count + 1)
    own[0] = 0
    for start in text.indices {
      own[start + 1] = min(own[start + 1], own[start] + (text[start].isLetter ? 1 : 0))
      for length in lengths(at: start, of: text) {
        own[start + length] = min(own[start + length], own[start])
      }
    }
    return own[text.count] < ownLetters
  }

  /// The lengths of everything common that begins at `start`.
  private static func lengths(at start: Int, of text: [Character]) -> [Int] {
    var found = CommonPasswordList.words.filter { matches($0, text, at: start) }.map(\.count)
    for row in rows {
      for place in row.indices where row[place] == text[start] {
        found += runs(text[start...], row[place...])
        found += runs(text[start...], row[...place].reversed())
      }
    }
    let repeated = text[start...].prefix { $0 == text[start] }.count
    return repeated >= 3 ? found + Array(3...repeated) : found
  }

  /// The lengths, `shortestRun` at least, at which `text` and `row` begin alike.
  private static func runs(
    _ text: ArraySlice<Character>, _ row: some Sequence<Character>
  ) -> [Int] {
    let alike = zip(text, row).prefix { $0 == $1 }.count
    return alike >= shortestRun ? Array(shortestRun...alike) : []
  }

  private static func matches(_ word: [Character], _ text: [Character], at start: Int) -> Bool {
    guard text.count - start >= word.count else { return false }
    return word.indices.allSatisfy { index in
      let character = text[start + index]
      return character == word[index] || lookalikes[character]?.contains(word[index]) == true
    }
  }

  private static let lookalikes: [Character: Set<Character>] = [
    "0": ["o"], "1": ["i", "l"], "3": ["e"], "4": ["a"], "5": ["s"], "7": ["t"], "8": ["b"],
    "9": ["g"], "@": ["a"], "$": ["s"], "!": ["i", "l"], "+": ["t"],
  ]

  private static let rows = [
    "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm",
    "azertyuiop", "qsdfghjklm", "wxcvbn", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp",
  ].map(Array.init)
}
