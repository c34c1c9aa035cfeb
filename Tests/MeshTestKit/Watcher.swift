import Glibc

/// The process that owns a test server: it obeys orders on its standard input and cleans up when
/// that ends, which the kernel sees to even when we are killed.
struct Watcher: ~Copyable {
  static let programs = "/usr/lib/postgresql/15/bin"

  /// Where data, socket and logs are.
  let directory: String
  private let orders: Int32
  private let answers: Int32

  init() throws {
    guard access("\(Self.programs)/initdb", X_OK) == 0 else {
      throw TestPostgres.Failure.notInstalled("\(Self.programs)/initdb; apt install postgresql-15")
    }
    let place = try Self.makeDirectory()
    let input = try Self.pipe()
    let output = try Self.pipe()
    try Self.spawn(directory: place, input: input.read, output: output.write)
    close(input.read)
    close(output.write)
    directory = place
    orders = input.write
    answers = output.read
  }

  deinit {
    close(orders)
    close(answers)
  }

  /// Gives an order and waits until it is done.
  func order(_ order: String) throws {
    let line = order + "\n"
    guard write(orders, line, line.utf8.count) == line.utf8.count else {
      throw TestPostgres.Failure.system("write", code: errno)
    }
    let answer = readLine()
    guard answer == "done" else { throw TestPostgres.Failure.server(answer) }
  }

  private func readLine() -> String {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while read(answers, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
    return String(decoding: line, as: UTF8.self)
  }

  private static func makeDirectory() throws -> String {
    var template = Array("/tmp/tenantry-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw TestPostgres.Failure.system("mkdtemp", code: errno)
    }
    let directory = String(
      decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    // PostgreSQL refuses to run as root.
    if getuid() == 0 {
      guard let user = getpwnam("postgres") else {
        throw TestPostgres.Failure.notInstalled("the user postgres")
      }
      guard chown(directory, user.pointee.pw_uid, user.pointee.pw_gid) == 0 else {
        throw TestPostgres.Failure.system("chown", code: errno)
      }
    }
    return directory
  }

  /// A pipe that children do not inherit: a copy of its end would keep the watcher waiting.
  private static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { throw TestPostgres.Failure.system("pipe", code: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private static func spawn(directory: String, input: Int32, output: Int32) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    // Nothing else is inherited: a lock that our parent holds would outlive it in the server.
    // Closing what is not open is no error here.
    for descriptor in 3..<1024 { posix_spawn_file_actions_addclose(&actions, Int32(descriptor)) }

    var words = ["/bin/sh", "-c", script, "watcher", directory, programs]
    if getuid() == 0 {
      words =
        ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] + words
    }
    // A session of its own: Ctrl-C is for the tests, whose end the watcher sees.
    words = ["/usr/bin/setsid"] + words
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/bin:/bin"), nil]
    defer { for string in arguments + environment { free(string) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, words[0], &actions, nil, &arguments, &environment)
    guard code == 0 else { throw TestPostgres.Failure.system("posix_spawn", code: code) }
  }

  /// Obeys `start`, `stop` and `kill`, answering `done` or what went wrong; cleans up at the end.
  private static let script = #"""
    cd "$1" || exit 1
    pid=
    alive() { [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; }
    ready() { "$2/pg_isready" -q -h "$1" -U postgres; }
    start() {
      if [ ! -d data ]; then
        "$2/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync --no-instructions \
          >init.log 2>&1 || { echo "initdb: $(tail -n 1 init.log)"; return; }
      fi
      # After a kill the old server's children may hold its memory for a moment.
      tries=0
      while [ "$tries" -lt 200 ]; do
        tries=$((tries + 1))
        if ! alive; then
          "$2/postgres" -D data -k "$1" -h '' -c fsync=off -c synchronous_commit=off \
            -c full_page_writes=off -c max_connections=300 -c shared_buffers=32MB \
            -c log_min_messages=warning -c autovacuum=off >>server.log 2>&1 </dev/null &
          pid=$!
        fi
        if ready "$@"; then echo done; return; fi
        sleep 0.05
      done
      echo "postgres: $(tail -n 1 server.log)"
    }
    end() {
      if alive; then kill "-$1" "$pid"; wait "$pid" 2>/dev/null; fi
      pid=
    }
    while read -r order; do
      case $order in
        start) start "$@" ;;
        stop) end INT; echo done ;;
        kill) end KILL; echo done ;;
      esac
    done
    end QUIT
    rm -rf "$1"
    """#
}
