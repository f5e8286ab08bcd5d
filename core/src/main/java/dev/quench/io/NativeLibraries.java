// SPDX-License-Identifier: Apache-2.0
package dev.quench.io;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Where JavaCPP unpacks native libraries before it loads them.
///
/// By default JavaCPP takes the first folder that it can write: in the home, under a guessable name
/// in the temporary folder, or in the working folder. Another user who created that folder first
/// could plant code there. This class chooses a [PrivateFolder] in the user's cache, or else a new
/// folder that is deleted when the process ends.
public final class NativeLibraries {
  private static final String FOLDER = "org.bytedeco.javacpp.cachedir";

  private NativeLibraries() {}

  /// Settles the folder, unless the system property `org.bytedeco.javacpp.cachedir` names one. Call
  /// it before the first class of JavaCPP is used; later calls change nothing. Thread-safe.
  ///
  /// @throws UncheckedIOException if not even a temporary folder can be made
  public static synchronized void useCheckedFolder() {
    if (System.getProperty(FOLDER) == null) {
      System.setProperty(
          FOLDER,
          checkedFolder(System.getenv("XDG_CACHE_HOME"), System.getProperty("user.home"))
              .toString());
    }
  }

  /// @param cacheHome the user's folder for caches, where it is set
  /// @param home the user's home; `?` in Java when unknown
  static Path checkedFolder(@Nullable String cacheHome, @Nullable String home) {
    Optional<Path> cache =
        absolute(cacheHome).or(() -> absolute(home).map(path -> path.resolve(".cache")));
    if (cache.isPresent()) {
      try {
        Path folder = PrivateFolder.open(cache.get().resolve("quench").resolve("native"));
        if (Files.isWritable(folder)) {
          return folder;
        }
      } catch (IOException _) {
        // Not a safe place: use a new folder instead.
      }
    }
    return temporary();
  }

  private static Optional<Path> absolute(@Nullable String name) {
    try {
      return Optional.ofNullable(name).map(Path::of).filter(Path::isAbsolute);
    } catch (InvalidPathException _) {
      return Optional.empty();
    }
  }

  private static Path temporary() {
    try {
      Path folder = Files.createTempDirectory("quench-native");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder), "remove " + folder));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot unpack native libraries: neither the user's cache nor the temporary folder can be"
              + " written",
          e);
    }
  }

  private static void delete(Path folder) {
    List<Path> files;
    try (Stream<Path> found = Files.walk(folder)) {
      files = found.sorted(Comparator.reverseOrder()).toList();
    } catch (IOException | UncheckedIOException _) {
      return;
    }
    files.stream().map(Path::toFile).forEach(File::delete);
  }
}
