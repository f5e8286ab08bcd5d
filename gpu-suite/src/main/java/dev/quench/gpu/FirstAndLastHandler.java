// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.logging.ErrorManager;
import java.util.logging.FileHandler;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/// Keeps the beginning and the end of a log, because either may hold the reason for a failure.
/// `NAME.log` holds the first messages; once it is full, `NAME.last-0.log` holds the latest and
/// `NAME.last-1.log` those before them. A `NAME.log` of an earlier process is renamed to
/// `NAME.before.log`. Thread-safe; a message is in its file when [#publish] returns.
final class FirstAndLastHandler extends Handler {
  /// Number of rotating files for the end of the log.
  private static final int LAST_FILES = 2;

  private final Path folder;
  private final String name;
  private final int lastBytes;
  private final OutputStream first;
  private long room;
  private @Nullable FileHandler last;

  /// @param firstBytes size of the beginning; the message that reaches it is written in full
  /// @param lastBytes maximum size of the end
  FirstAndLastHandler(Path folder, String name, long firstBytes, int lastBytes) throws IOException {
    this.folder = folder;
    this.name = name;
    this.room = firstBytes;
    this.lastBytes = lastBytes;
    Path file = folder.resolve(name + ".log");
    if (Files.exists(file)) {
      Files.move(file, folder.resolve(name + ".before.log"), StandardCopyOption.REPLACE_EXISTING);
    }
    for (int i = 0; i < LAST_FILES; i++) {
      Files.deleteIfExists(folder.resolve(name + ".last-" + i + ".log"));
    }
    this.first = Files.newOutputStream(file);
  }

  @Override
  public synchronized void publish(LogRecord message) {
    if (!isLoggable(message)) {
      return;
    }
    try {
      if (last != null) {
        last.publish(message);
        return;
      }
      byte[] text = getFormatter().format(message).getBytes(StandardCharsets.UTF_8);
      first.write(text);
      room -= text.length;
      if (room <= 0) {
        first.write(
            "The latest messages are in %s.last-0.log, those before them in %<s.last-1.log.%n"
                .formatted(name)
                .getBytes(StandardCharsets.UTF_8));
        last = openLast();
      }
    } catch (IOException e) {
      reportError("cannot write the log " + name, e, ErrorManager.WRITE_FAILURE);
    }
  }

  private FileHandler openLast() throws IOException {
    FileHandler files =
        new FileHandler(
            folder.resolve(name + ".last-%g.log").toString(), lastBytes / LAST_FILES, LAST_FILES);
    files.setFormatter(getFormatter());
    files.setLevel(getLevel());
    return files;
  }

  @Override
  public void flush() {}

  @Override
  public synchronized void close() {
    try {
      first.close();
    } catch (IOException e) {
      reportError("cannot close the log " + name, e, ErrorManager.CLOSE_FAILURE);
    }
    if (last != null) {
      last.close();
    }
  }
}
