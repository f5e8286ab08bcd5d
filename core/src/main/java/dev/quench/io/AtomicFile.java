// SPDX-License-Identifier: Apache-2.0
package dev.quench.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/// Writes a file so that readers see either the old content or all of the new, never a part.
///
/// The content goes to a temporary file beside the target, which is then moved over it. When
/// writing fails or the process is stopped, the temporary file is removed and the target keeps its
/// content. Stateless and thread-safe; of two writers of one file the last wins.
public final class AtomicFile {
  private static final int MAX_LINKS = 40;

  private AtomicFile() {}

  /// Fills a file.
  @FunctionalInterface
  public interface Content {
    /// Writes everything that is to be in the file.
    ///
    /// @param out buffered; closed by the caller
    void writeTo(OutputStream out) throws IOException;
  }

  /// Writes a file, or replaces it.
  ///
  /// @param target replaced if it exists; a link is followed
  /// @throws IOException naming the target and what stands against writing it
  public static void write(Path target, Content content) throws IOException {
    Path real = checked(target);
    Path temporary = temporaryBeside(real);
    Thread cleanUp = new Thread(() -> temporary.toFile().delete(), "remove " + temporary);
    try {
      Runtime.getRuntime().addShutdownHook(cleanUp);
    } catch (IllegalStateException e) {
      throw new IOException(target + " is not written: the process is stopping", e);
    }
    try {
      try (OutputStream out =
          new BufferedOutputStream(
              Files.newOutputStream(
                  temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              1 << 16)) {
        content.writeTo(out);
      }
      Files.move(
          temporary, real, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (FileSystemException e) {
      throw new IOException("cannot write " + target + ": " + reason(e), e);
    } catch (IOException e) {
      throw named(target, e);
    } finally {
      Files.deleteIfExists(temporary);
      cancel(cleanUp);
    }
  }

  /// Writes all of `bytes`, as [#write(Path, Content)].
  public static void writeBytes(Path target, byte[] bytes) throws IOException {
    write(target, out -> out.write(bytes));
  }

  /// Writes `text` in UTF-8, as [#write(Path, Content)].
  public static void writeString(Path target, String text) throws IOException {
    writeBytes(target, text.getBytes(StandardCharsets.UTF_8));
  }

  /// Checks, before the work whose result goes there, that `target` can be written; leaves nothing
  /// behind.
  ///
  /// @throws IOException naming the target and what stands against writing it
  public static void checkWritable(Path target) throws IOException {
    Path real = checked(target);
    Path probe = temporaryBeside(real);
    try {
      Files.createFile(probe);
    } catch (FileSystemException e) {
      throw new IOException("cannot write " + target + ": " + reason(e), e);
    } finally {
      Files.deleteIfExists(probe);
    }
  }

  /// The file that writing `target` makes or replaces: links are followed, also one that leads to a
  /// file which does not exist yet.
  ///
  /// @throws IOException naming the target if its links lead in a circle
  public static Path target(Path target) throws IOException {
    Path file = target.toAbsolutePath();
    for (int links = 0; !Files.exists(file) && Files.isSymbolicLink(file); links++) {
      if (links == MAX_LINKS) {
        throw new IOException("cannot write " + target + ": its links lead in a circle");
      }
      file = file.resolveSibling(Files.readSymbolicLink(file));
    }
    if (Files.exists(file)) {
      return file.toRealPath();
    }
    // The folder's real path, since ".." behind a link means the folder that the link leads to.
    Path folder = file.getParent();
    return folder != null && Files.isDirectory(folder)
        ? folder.toRealPath().resolve(file.getFileName())
        : file.normalize();
  }

  private static Path checked(Path target) throws IOException {
    if (target.getFileName() == null || Files.isDirectory(target)) {
      throw new IOException("cannot write " + target + ": it is a folder; name a file");
    }
    Path real = target(target);
    Path folder = real.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IOException(
          "cannot write %s: the folder %s does not exist; create it or choose another place"
              .formatted(target, folder));
    }
    if (Files.exists(real) && !Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("cannot write " + target + ": expected a regular file");
    }
    return real;
  }

  /// Errors of a stream, a full disk for example, do not name the file.
  private static IOException named(Path target, IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains(target.toString())
        ? e
        : new IOException("cannot write " + target + ": " + message, e);
  }

  private static Path temporaryBeside(Path file) {
    return file.resolveSibling(".quench-" + UUID.randomUUID() + ".tmp");
  }

  private static String reason(FileSystemException e) {
    String reason = e.getReason();
    if (reason != null) {
      return reason;
    }
    return switch (e) {
      case AccessDeniedException _ -> "permission denied; choose another place";
      case NoSuchFileException _ -> "its folder no longer exists";
      default -> e.getClass().getSimpleName();
    };
  }

  /// Whether the hook was removed; while the process stops it is too late, and harmless.
  private static boolean cancel(Thread hook) {
    try {
      return Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return false;
    }
  }
}
