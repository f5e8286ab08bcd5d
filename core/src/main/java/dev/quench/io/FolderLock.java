// SPDX-License-Identifier: Apache-2.0
package dev.quench.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Excludes other threads of this process and other processes, which may end at any time: the
/// system then frees the lock. Not reentrant. Taken and closed by the same thread.
public final class FolderLock implements AutoCloseable {
  private static final ConcurrentHashMap<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

  private final ReentrantLock thread;
  private final FileChannel channel;
  private final FileLock lock;

  private FolderLock(ReentrantLock thread, FileChannel channel, FileLock lock) {
    this.thread = thread;
    this.channel = channel;
    this.lock = lock;
  }

  /// Waits for the lock of `name` in `folder`; its empty lock file remains.
  ///
  /// @throws IOException if the lock file cannot be created or locked
  public static FolderLock take(Path folder, String name) throws IOException {
    Path file = file(folder, name);
    ReentrantLock thread = ofThreads(file);
    thread.lock();
    return locked(thread, file, FileChannel::lock).orElseThrow();
  }

  /// Takes the lock of `name` in `folder` unless it is held; its empty lock file remains.
  ///
  /// @return empty if another process or a thread of this one, be it the calling one, holds it
  /// @throws IOException if the lock file cannot be created or locked
  public static Optional<FolderLock> tryTake(Path folder, String name) throws IOException {
    Path file = file(folder, name);
    ReentrantLock thread = ofThreads(file);
    return !thread.isHeldByCurrentThread() && thread.tryLock()
        ? locked(thread, file, FileChannel::tryLock)
        : Optional.empty();
  }

  private static Path file(Path folder, String name) {
    return folder.toAbsolutePath().normalize().resolve(name + ".lock");
  }

  /// A file lock belongs to the whole process, so threads need an additional lock.
  private static ReentrantLock ofThreads(Path file) {
    return THREADS.computeIfAbsent(file, _ -> new ReentrantLock());
  }

  /// @param thread held; released here unless the file is locked too
  private static Optional<FolderLock> locked(ReentrantLock thread, Path file, Locking locking)
      throws IOException {
    @Nullable FileLock lock = null;
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        lock = locking.lock(channel);
        return Optional.ofNullable(lock).map(held -> new FolderLock(thread, channel, held));
      } finally {
        if (lock == null) {
          channel.close();
        }
      }
    } finally {
      if (lock == null) {
        thread.unlock();
      }
    }
  }

  /// How a file is locked.
  private interface Locking {
    /// @return null if another process holds the lock
    @Nullable FileLock lock(FileChannel channel) throws IOException;
  }

  @Override
  public void close() throws IOException {
    try {
      lock.release();
      channel.close();
    } finally {
      thread.unlock();
    }
  }
}
