/// Prints the messages of a stream as they come, one line each in a table.
///
/// A column is as wide as what it has shown so far: what comes later is not known.
struct StreamPrinter {
  private let format: OutputFormat
  private let world: World
  private let style: Style
  private var widths: [Int] = []

  init(_ format: OutputFormat, _ world: World) {
    self.format = format
    self.world = world
    style = Style(
      isInteractive: world.terminal.outputIsInteractive, environment: world.environment)
  }

  /// Prints the next message.
  mutating func show(_ record: Record) throws(Failure) {
    guard format == .table else { return try AnswerPrinter(format, world).show(record, list: nil) }
    let columns = Columns.of(record.type)
    let cells = columns.map { $0.cell(of: record) }
    let headings = columns.map { Cell($0.heading.uppercased(), .heading) }
    let isFirst = widths.isEmpty
    if isFirst { widths = headings.map { VisibleText.width($0.text) } }
    widths = zip(widths, cells).map { max($0, VisibleText.width($1.text)) }
    world.terminal.write(lines: (isFirst ? [headings] : []).map(line) + [line(cells)])
  }

  private func line(_ cells: [Cell]) -> String {
    let padded = zip(cells, widths).map { cell, width in
      style.paint(cell.text, cell.tone)
        + String(repeating: " ", count: width - VisibleText.width(cell.text))
    }.joined(separator: "  ")
    return String(padded.reversed().drop { $0 == " " }.reversed())
  }
}
