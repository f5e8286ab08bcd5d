// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// Excludes other threads of this process and other processes. Not reentrant.
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
    Path file = folder.toAbsolutePath().normalize().resolve(name + ".lock");
    // A file lock belongs to the whole process, so threads need an additional lock.
    ReentrantLock thread = THREADS.computeIfAbsent(file, _ -> new ReentrantLock());
    thread.lock();
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        return new FolderLock(thread, channel, channel.lock());
      } catch (IOException | RuntimeException | Error e) {
        channel.close();
        throw e;
      }
    } catch (IOException | RuntimeException | Error e) {
      thread.unlock();
      throw e;
    }
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
