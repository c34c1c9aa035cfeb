/// The metrics of the process and of what it runs on.
extension MetricDescriptor {
  static let serving = MetricDescriptor(
    "tenantry_serving", .gauge, help: "1 while the process is healthy, 0 while it is not.")
  static let connections = MetricDescriptor(
    "tenantry_server_connections", .gauge, help: "Connections that clients have open.")
  static let ledgerAge = MetricDescriptor(
    "tenantry_ledger_contact_age_seconds", .gauge,
    help: "Time since the audit ledger last answered; absent before the first answer.")
  static let outboxDepth = MetricDescriptor(
    "tenantry_outbox_depth", .gauge, help: "Events that wait for the ledger.")
  static let outboxAge = MetricDescriptor(
    "tenantry_outbox_oldest_age_seconds", .gauge,
    help: "Age of the oldest event that waits for the ledger; 0 when none does.")
  static let loopLag = MetricDescriptor(
    "tenantry_loop_lag_seconds", .gauge, labels: ["loop"],
    help: "How long a piece of work waited that the scrape handed to the loop.")
  static let loopTurns = MetricDescriptor(
    "tenantry_loop_turns_total", .counter, labels: ["loop"], help: "Turns of the loop.")
  static let loopEvents = MetricDescriptor(
    "tenantry_loop_events_total", .counter, labels: ["loop"],
    help: "Readiness reports that reached a handler.")
  static let loopJobs = MetricDescriptor(
    "tenantry_loop_jobs_total", .counter, labels: ["loop"],
    help: "Pieces of tasks and other work that the loop has run.")
  static let loopWakeups = MetricDescriptor(
    "tenantry_loop_wakeups_total", .counter, labels: ["loop"],
    help: "Times that another thread woke the loop.")
  static let loopTimers = MetricDescriptor(
    "tenantry_loop_timers", .gauge, labels: ["loop"], help: "Timers that are set.")
  static let offloadWaiting = MetricDescriptor(
    "tenantry_offload_waiting", .gauge, help: "Pieces of work that wait for a thread.")
  static let offloadThreads = MetricDescriptor(
    "tenantry_offload_threads", .gauge, labels: ["state"], help: "Threads of the offload pool.")
  static let databaseConnections = MetricDescriptor(
    "tenantry_database_connections", .gauge, labels: ["kind"],
    help: "Connections to PostgreSQL: owned by one task at a time, or shared by reads.")
  static let databaseIdle = MetricDescriptor(
    "tenantry_database_idle_connections", .gauge, help: "Owned connections that nobody uses.")
  static let databaseWaiting = MetricDescriptor(
    "tenantry_database_waiting", .gauge, help: "Tasks that wait for an owned connection.")
  static let databaseReadsInFlight = MetricDescriptor(
    "tenantry_database_reads_in_flight", .gauge, help: "Shared reads without an answer yet.")
  static let databaseReadsWaiting = MetricDescriptor(
    "tenantry_database_reads_waiting", .gauge, help: "Reads that wait for a shared connection.")
  static let processCPU = MetricDescriptor(
    "process_cpu_seconds_total", .counter, help: "Processor time used, user and system.")
  static let processMemory = MetricDescriptor(
    "process_resident_memory_bytes", .gauge, help: "Resident memory.")
  static let processVirtual = MetricDescriptor(
    "process_virtual_memory_bytes", .gauge, help: "Virtual memory.")
  static let processDescriptors = MetricDescriptor(
    "process_open_fds", .gauge, help: "Open file descriptors.")
  static let processDescriptorLimit = MetricDescriptor(
    "process_max_fds", .gauge, help: "The most file descriptors that may be open.")
  static let processStart = MetricDescriptor(
    "process_start_time_seconds", .gauge, help: "When the process started, since 1970 UTC.")
}
