// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// What models are called in tables and reports.
public final class ModelNames {
  private static final int MOST_LISTED = 3;

  private ModelNames() {}

  /// For a title: the first names, and how many follow.
  public static String listed(List<String> names) {
    int more = names.size() - MOST_LISTED;
    return more <= 0
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, MOST_LISTED)) + " and %d more".formatted(more);
  }

  /// The name of each file without `.onnx`; where several files have the same, with as many folders
  /// before it as tell them apart, for example `monday/model`. Files of one path keep one name.
  public static List<String> of(List<Path> files) {
    List<Path> whole =
        files.stream().map(file -> file.toAbsolutePath().normalize()).distinct().toList();
    List<String> names = new ArrayList<>();
    for (Path file : files) {
      names.add(name(file.toAbsolutePath().normalize(), whole));
    }
    return Collections.unmodifiableList(names);
  }

  private static String name(Path file, List<Path> all) {
    for (int parts = 1; parts < file.getNameCount(); parts++) {
      String end = end(file, parts);
      int taken = parts;
      if (all.stream().noneMatch(other -> !other.equals(file) && end(other, taken).equals(end))) {
        return end;
      }
    }
    return end(file, file.getNameCount());
  }

  private static String end(Path file, int parts) {
    int count = file.getNameCount();
    Path end = file.subpath(Math.max(0, count - parts), count);
    Path folder = end.getParent();
    return folder == null ? Text.stem(end) : folder + "/" + Text.stem(end);
  }
}
