// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A snapshot of this process's memory mappings from Linux's `/proc/self/maps`: readable memory and
/// loaded files.
public final class ProcessMaps {
  private static final Path SELF = Path.of("/proc/self/maps");
  private static final int FIELDS_BEFORE_PATH = 5;

  /// @param file identifies the file on its device; equal for two mappings of one file
  private record Mapping(
      long start, long end, String permissions, String file, Optional<Path> path) {
    boolean contains(long address, long bytes) {
      return Long.compareUnsigned(address, start) >= 0
          && Long.compareUnsigned(address, end) < 0
          && Long.compareUnsigned(bytes, end - address) <= 0;
    }
  }

  /// The suffix that the kernel appends to the path of a file that was removed after mapping.
  private static final String DELETED = " (deleted)";

  private final List<Mapping> mappings;

  private ProcessMaps(List<Mapping> mappings) {
    this.mappings = mappings;
  }

  /// The current mappings; empty if the system has no such list.
  public static Optional<ProcessMaps> read() {
    try {
      return Optional.of(parse(Files.readAllLines(SELF)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// @param lines in the form of proc(5): `start-end permissions offset device inode path`
  static ProcessMaps parse(List<String> lines) {
    List<Mapping> mappings = new ArrayList<>();
    for (String line : lines) {
      String[] fields = line.split("\\s+", FIELDS_BEFORE_PATH + 1);
      int dash = fields[0].indexOf('-');
      if (fields.length < FIELDS_BEFORE_PATH || dash < 0) {
        continue;
      }
      boolean named = fields.length > FIELDS_BEFORE_PATH && fields[5].startsWith("/");
      mappings.add(
          new Mapping(
              Long.parseUnsignedLong(fields[0].substring(0, dash), 16),
              Long.parseUnsignedLong(fields[0].substring(dash + 1), 16),
              fields[1],
              fields[3] + " " + fields[4],
              named ? Optional.of(Path.of(fields[5])) : Optional.empty()));
    }
    return new ProcessMaps(mappings);
  }

  boolean isReadable(long address, long bytes) {
    return mappings.stream()
        .anyMatch(m -> m.contains(address, bytes) && m.permissions().startsWith("r"));
  }

  boolean isExecutable(long address) {
    return mappings.stream().anyMatch(m -> m.contains(address, 1) && m.permissions().contains("x"));
  }

  /// The loaded files of a shared library, each once, independent of links.
  ///
  /// @param soname a file matches if its name is this, or this with a longer version
  public List<Path> librariesNamed(String soname) {
    Map<String, Path> files = new LinkedHashMap<>();
    for (Mapping mapping : mappings) {
      if (mapping.permissions().contains("x")) {
        mapping
            .path()
            .filter(path -> isNamed(String.valueOf(path.getFileName()), soname))
            .ifPresent(path -> files.putIfAbsent(mapping.file(), path));
      }
    }
    return List.copyOf(files.values());
  }

  private static boolean isNamed(String file, String soname) {
    String name =
        file.endsWith(DELETED) ? file.substring(0, file.length() - DELETED.length()) : file;
    return name.equals(soname) || name.startsWith(soname + ".");
  }
}
