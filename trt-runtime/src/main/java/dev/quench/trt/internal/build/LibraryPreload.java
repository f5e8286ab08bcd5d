// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.trt.internal.ProcessMaps;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;

/// Loads the required libraries before JavaCPP does, from where the user's `LD_LIBRARY_PATH` leads.
///
/// JavaCPP looks first in folders that its presets name, `/usr/local/cuda/lib64` among them, and
/// loads what it finds by its full path. The dynamic linker takes that for another library than one
/// of the same name from elsewhere: two CUDA runtimes with a state each are then in one process.
final class LibraryPreload {
  private static final Pattern SONAME = Pattern.compile("lib(.+)\\.so\\.(\\d+)");

  private LibraryPreload() {}

  /// @throws UnsatisfiedLinkError if a library cannot be loaded
  static void load(List<RequiredLibrary> libraries) {
    for (RequiredLibrary library : libraries) {
      library.file().ifPresent(file -> load(library.soname(), file));
    }
  }

  /// Tells of a library of which two files are loaded, which only other parts of this process can
  /// have done.
  static Optional<String> copies(List<RequiredLibrary> libraries) {
    Optional<ProcessMaps> maps = ProcessMaps.read();
    for (RequiredLibrary library : libraries) {
      List<Path> files = maps.map(m -> m.librariesNamed(library.soname())).orElse(List.of());
      if (files.size() > 1) {
        return Optional.of(
            "%d copies of %s are loaded in this process: %s"
                .formatted(files.size(), library.soname(), files));
      }
    }
    return Optional.empty();
  }

  /// JavaCPP remembers it under the name of its presets and looks for no other.
  private static void load(String soname, Path file) {
    Matcher name = SONAME.matcher(soname);
    if (!name.matches()) {
      throw new IllegalArgumentException("expected a name like libx.so.1, got " + soname);
    }
    try {
      Loader.loadLibrary(
          LibraryPreload.class,
          new URL[] {file.toUri().toURL()},
          name.group(1) + "@." + name.group(2));
    } catch (MalformedURLException e) {
      throw new IllegalStateException("a path is always a URL", e);
    }
  }
}
