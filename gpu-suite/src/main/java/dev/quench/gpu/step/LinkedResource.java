// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A folder with links to TensorRT's libraries. The builder resource of PTX is also linked under
/// the name of the one for compute capability 9.0, which TensorRT looks for there.
final class LinkedResource implements AutoCloseable {
  private static final String PTX = "libnvinfer_builder_resource_ptx.so";
  private static final String SM90 = "libnvinfer_builder_resource_sm90.so";

  private final Path folder;

  private LinkedResource(Path folder) {
    this.folder = folder;
  }

  /// @throws IOException if a link cannot be created
  static LinkedResource make() throws IOException {
    LinkedResource made = new LinkedResource(Files.createTempDirectory("quench-sm90"));
    for (Path library : libraries()) {
      String name = String.valueOf(library.getFileName());
      link(made.folder.resolve(name), library);
      if (name.startsWith(PTX)) {
        link(made.folder.resolve(SM90 + name.substring(PTX.length())), library);
      }
    }
    return made;
  }

  private static void link(Path link, Path library) throws IOException {
    if (!Files.exists(link)) {
      Files.createSymbolicLink(link, library);
    }
  }

  /// TensorRT's libraries in the search path of this process, in search order.
  private static List<Path> libraries() throws IOException {
    List<Path> found = new ArrayList<>();
    String places =
        System.getProperty("java.library.path", "")
            + File.pathSeparator
            + System.getenv().getOrDefault("LD_LIBRARY_PATH", "");
    for (String place : places.split(File.pathSeparator, -1)) {
      if (!place.isEmpty() && Files.isDirectory(Path.of(place))) {
        try (Stream<Path> files = Files.list(Path.of(place))) {
          files
              .filter(file -> String.valueOf(file.getFileName()).startsWith("libnv"))
              .map(Path::toAbsolutePath)
              .sorted()
              .forEach(found::add);
        }
      }
    }
    return found;
  }

  /// Environment of a process that uses these links.
  Map<String, String> environment() {
    String before = System.getenv().getOrDefault("LD_LIBRARY_PATH", "");
    return Map.of(
        "LD_LIBRARY_PATH", folder + (before.isEmpty() ? "" : File.pathSeparator + before));
  }

  List<String> options() {
    return List.of(
        "-Djava.library.path="
            + folder
            + File.pathSeparator
            + System.getProperty("java.library.path", ""));
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
