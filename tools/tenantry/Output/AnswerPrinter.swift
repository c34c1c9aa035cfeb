/// Prints an answer in the format that was asked for.
struct AnswerPrinter {
  private let format: OutputFormat
  private let terminal: any Terminal
  private let tables: TableText

  init(_ format: OutputFormat, _ world: World) {
    self.format = format
    terminal = world.terminal
    tables = TableText(
      style: Style(
        isInteractive: terminal.outputIsInteractive, environment: world.environment))
  }

  /// Prints a record, or the rows of one that is a list.
  func show(_ record: Record, list: ListShape?) throws(Failure) {
    let rows = list.map { record.records($0.rows.name) }
    switch format {
    case .json: terminal.write(try JSONForm.render(record.encoded, record.type, isPretty: true))
    case .jsonl:
      for row in rows ?? [record] {
        terminal.write(try JSONForm.render(row.encoded, row.type, isPretty: false) + [10])
      }
    case .name:
      let names = (rows ?? [record]).map { Columns.of($0.type).first?.cell(of: $0).text ?? "" }
      terminal.write(lines: names)
    case .table:
      guard let rows, let list else { return terminal.write(lines: tables.details(record)) }
      if rows.isEmpty { return terminal.report("none\n") }
      terminal.write(lines: tables.rows(Columns.of(list.row), rows))
    }
  }
}
