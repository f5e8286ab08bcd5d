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

/// Loads the required libraries from the user's `LD_LIBRARY_PATH` before JavaCPP does.
///
/// JavaCPP searches the folders of its presets first, such as `/usr/local/cuda/lib64`, and loads a
/// library by its full path. The dynamic linker treats that as different from a library of the same
/// name elsewhere, so one process could hold two CUDA runtimes with separate state.
final class LibraryPreload {
  private static final Pattern SONAME = Pattern.compile("lib(.+)\\.so\\.(\\d+)");

  private LibraryPreload() {}

  /// @throws UnsatisfiedLinkError if a library cannot be loaded
  static void load(List<RequiredLibrary> libraries) {
    for (RequiredLibrary library : libraries) {
      library.file().ifPresent(file -> load(library.soname(), file));
    }
  }

  /// Reports a library of which two files are loaded, which only other parts of this process can
  /// cause.
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

  /// JavaCPP caches it under the name in its presets and does not search further.
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
