// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import dev.quench.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Finds out before the work whether its results can be written.
public final class OutputFile {
  private OutputFile() {}

  /// Checks each path that is given.
  public static void check(@Nullable Path... files) throws IOException {
    for (Path file : files) {
      if (file != null) {
        AtomicFile.checkWritable(file);
      }
    }
  }

  /// Whether two names mean one file, which need not exist yet.
  static boolean areSame(Path first, Path second) throws IOException {
    return (Files.exists(first) && Files.exists(second))
        ? Files.isSameFile(first, second)
        : AtomicFile.target(first).equals(AtomicFile.target(second));
  }

  /// Checks that a folder is there and takes files, or that it can be made; makes nothing.
  public static void checkFolder(Path folder) throws IOException {
    Path existing = folder.toAbsolutePath().normalize();
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    if (!Files.isDirectory(existing)) {
      throw new CommandException(
          "cannot write into " + folder + ": " + existing + " is a file; name a folder");
    }
    try {
      Files.delete(Files.createTempFile(existing, ".quench-", ".tmp"));
    } catch (IOException e) {
      throw new CommandException("cannot write into " + folder + ": " + ErrorLine.of(e), e);
    }
  }

  /// Makes a folder, with those above it, unless it is there, and checks that files can be put into
  /// it.
  public static void prepareFolder(Path folder) throws IOException {
    checkFolder(folder);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new CommandException("cannot make folder " + folder + ": " + ErrorLine.of(e), e);
    }
  }
}
