import Glibc

/// What the file system says of a file, to notice that it was replaced or written.
struct FileStamp: Sendable, Equatable {
  private let device: UInt
  private let inode: UInt
  private let size: Int
  private let changedSeconds: Int
  private let changedNanoseconds: Int

  /// Looks at `path`, through links; nil where there is nothing.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = status.st_dev
    inode = status.st_ino
    size = status.st_size
    // The time of the last change of the file's record: unlike the time of its contents it cannot
    // be set back, which tools that keep times do.
    changedSeconds = status.st_ctim.tv_sec
    changedNanoseconds = status.st_ctim.tv_nsec
  }
}
