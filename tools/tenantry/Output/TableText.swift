/// Lays out cells for people.
struct TableText {
  let style: Style

  /// A heading and the rows, in columns; columns that say nothing are left out.
  func rows(_ columns: [Column], _ records: [Record]) -> [String] {
    guard !records.isEmpty else { return [] }
    let cells = records.map { record in columns.map { $0.cell(of: record) } }
    let shown = columns.indices.filter { index in
      let texts = Set(cells.map { $0[index].text })
      return texts != [""] && !(columns[index].tellsRowsApart && texts.count == 1)
    }
    let widths = Dictionary(
      uniqueKeysWithValues: shown.map { index in
        let texts = [columns[index].heading] + cells.map { $0[index].text }
        return (index, texts.map(VisibleText.width).max() ?? 0)
      })
    let heading = shown.map { Cell(columns[$0].heading.uppercased(), .heading) }
    let lines = [heading] + cells.map { row in shown.map { row[$0] } }
    return lines.map { line(zip($0, shown.map { widths[$0] ?? 0 })) }
  }

  /// Names and values of one record, a line each; nested records are indented.
  ///
  /// What says nothing is left out.
  func details(_ record: Record) -> [String] {
    let pairs = pairs(record, indent: 0)
    let width = pairs.map { VisibleText.width($0.name) }.max() ?? 0
    return pairs.map { name, cell in
      if cell.text.isEmpty { return style.paint(name, .heading) }
      return style.paint(VisibleText.padded(name, to: width), .faint) + "  "
        + style.paint(cell.text, cell.tone)
    }
  }

  private func pairs(_ record: Record, indent: Int) -> [(name: String, cell: Cell)] {
    let margin = String(repeating: " ", count: indent)
    return record.type.fields.flatMap { field -> [(name: String, cell: Cell)] in
      let name = margin + field.name.replacing("_", with: " ")
      let nested = record.records(field.name).filter { !Self.isPlain($0) }
      if !nested.isEmpty {
        return nested.flatMap { [(name, Cell(""))] + pairs($0, indent: indent + 2) }
      }
      let cell = Cell(field, of: record)
      return cell.text.isEmpty ? [] : [(name, cell)]
    }
  }

  /// A message that reads as one value.
  private static func isPlain(_ record: Record) -> Bool {
    record.type.name.hasPrefix("google.protobuf.")
      || record.type.name == "tenantry.events.v1.Detail"
  }

  private func line(_ cells: Zip2Sequence<[Cell], [Int]>) -> String {
    let padded = cells.map { cell, width in
      style.paint(cell.text, cell.tone)
        + String(repeating: " ", count: width - VisibleText.width(cell.text))
    }.joined(separator: "  ")
    return String(padded.reversed().drop { $0 == " " }.reversed())
  }
}
