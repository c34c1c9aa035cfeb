import Glibc

/// Tells what the kernel knows of the process (proc(5)).
package struct ProcessMetricSource: MetricSource {
  /// What one look at `/proc/self` has found.
  struct Figures: Equatable {
    var cpuSeconds: Double
    var residentBytes: Int
    var virtualBytes: Int
    var startSeconds: Double

    /// Reads `/proc/self/stat` and the line `btime` of `/proc/stat`; nil when they are none.
    ///
    /// The second field, the program's name in brackets, may hold anything, brackets too.
    init?(stat: String, system: String, ticks: Int, pageSize: Int) {
      guard let bracket = stat.lastIndex(of: ")") else { return nil }
      let fields = stat[stat.index(after: bracket)...].split(separator: " ")
      let boot = system.split(separator: "\n").first { $0.hasPrefix("btime ") }?.dropFirst(6)
      // Field 3 of the manual is our first.
      guard fields.count >= 22, let user = Int(fields[11]), let kernel = Int(fields[12]),
        let start = Int(fields[19]), let virtual = Int(fields[20]), let pages = Int(fields[21]),
        let boot, let bootSeconds = Double(boot)
      else { return nil }
      cpuSeconds = Double(user + kernel) / Double(ticks)
      residentBytes = pages * pageSize
      virtualBytes = virtual
      startSeconds = bootSeconds + Double(start) / Double(ticks)
    }
  }

  /// Tells of this process.
  package init() {}

  /// The process's own.
  package var metrics: [MetricDescriptor] { MetricDescriptor.process }

  /// Adds the figures; those that the kernel does not tell are absent.
  package func collect(into page: inout MetricPage) async {
    if let figures = Self.figures() {
      page.add(.processCPU, figures.cpuSeconds)
      page.add(.processMemory, figures.residentBytes)
      page.add(.processVirtual, figures.virtualBytes)
      page.add(.processStart, figures.startSeconds)
    }
    if let open = Self.openDescriptors() { page.add(.processDescriptors, open) }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      page.add(.processDescriptorLimit, Int(clamping: limit.rlim_cur))
    }
  }

  private static func figures() -> Figures? {
    // Where /proc is not mounted there is nothing to tell.
    guard let stat = try? SettingsFile.read("/proc/self/stat"),
      let system = try? SettingsFile.read("/proc/stat")
    else { return nil }
    return Figures(
      stat: stat, system: system, ticks: sysconf(Int32(_SC_CLK_TCK)),
      pageSize: sysconf(Int32(_SC_PAGESIZE)))
  }

  private static func openDescriptors() -> Int? {
    guard let folder = opendir("/proc/self/fd") else { return nil }
    defer { closedir(folder) }
    var count = 0
    while let entry = readdir(folder) {
      // `.`, `..` and the folder's own descriptor are none of the process's.
      count += entry.pointee.d_name.0 == CChar(bitPattern: UInt8(ascii: ".")) ? 0 : 1
    }
    return max(0, count - 1)
  }
}
