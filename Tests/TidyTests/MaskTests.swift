import Testing

@Suite("Code and comments are told apart")
struct MaskTests {
  @Test(
    "code is what is neither a comment nor the contents of a literal",
    arguments: [
      ("a // b\nc", "a     \nc"),
      ("a /* b /* c */ d */ e", "a                   e"),
      ("a \"b\" c", "a \" \" c"),
      ("\"a\\\"b\" c", "\"    \" c"),
      ("\"// a\" c", "\"    \" c"),
      ("\"a\\(b(c) + \"d\")e\" f", "\"   b(c) + \" \"  \" f"),
      ("#\"a\"b\\(c\"# d", " \"      \"  d"),
      ("#\"a\\#(b)c\"# d", " \"    b  \"  d"),
      ("\"\"\"\na \"b\" // c\n\"\"\" d", "\"  \n          \n\"   d"),
      ("#if a\n#endif", "#if a\n#endif"),
      ("\"unclosed\nb", "\"        \nb"),
    ])
  func code(_ text: String, _ expected: String) {
    #expect(String(decoding: mask(swift: Array(text.utf8)).code, as: UTF8.self) == expected)
  }

  @Test("comments keep their words and places")
  func comments() {
    let (_, comments) = mask(swift: Array("a /// b\n\"// c\" /* d */".utf8))
    #expect(String(decoding: comments, as: UTF8.self) == "  /// b\n       /* d */")
  }

  @Test("a word is found as a whole word only")
  func words() {
    let text = Array("import importance reimport import_ import".utf8)
    #expect(occurrences(of: "import", in: text) == [0, 35])
    #expect(occurrences(of: "try!", in: Array("try! retry! try!x".utf8)) == [0, 12])
  }

  @Test(
    "a line number follows from an offset", arguments: [(0, 1), (1, 1), (2, 2), (3, 3), (4, 3)])
  func lines(_ offset: Int, _ line: Int) {
    #expect(SourceFile("a.swift", "a\n\nbc").line(at: offset) == line)
  }
}
