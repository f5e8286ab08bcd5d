// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import dev.quench.run.dataset.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Names of classes in the order of their indices: of well-known data sets, or from a file.
/// Stateless, thread-safe.
public final class ClassNames {
  private static final List<String> SETS =
      List.of("cifar10", "cityscapes", "coco", "fashion-mnist", "voc");

  private ClassNames() {}

  /// The data sets whose names are built in: `cifar10`, `cityscapes` (the 19 that are evaluated),
  /// `coco` (80 objects, without the gaps of its category ids), `fashion-mnist`, `voc` (with the
  /// background as class 0).
  public static List<String> sets() {
    return SETS;
  }

  /// The names of one of [#sets]; empty for other words.
  public static Optional<List<String>> ofSet(String set) {
    if (!SETS.contains(set)) {
      return Optional.empty();
    }
    try (InputStream stream = ClassNames.class.getResourceAsStream(set + ".txt")) {
      if (stream == null) {
        throw new IllegalStateException("the names of " + set + " are not in the artifact");
      }
      return Optional.of(
          new String(stream.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
    } catch (IOException e) {
      throw new IllegalStateException("the names of " + set + " cannot be read", e);
    }
  }

  /// One name a line, in UTF-8; blanks around names and empty lines at the end do not count.
  ///
  /// @throws IOException if the file cannot be read
  /// @throws DataException if it is too large, not in UTF-8, without names, or has an empty line
  ///   between names, which would shift those that follow
  public static List<String> read(Path file) throws IOException {
    List<String> names = NameList.lines(file).stream().map(String::strip).toList();
    int last = names.size();
    while (last > 0 && names.get(last - 1).isEmpty()) {
      last--;
    }
    List<String> kept = names.subList(0, last);
    if (kept.isEmpty()) {
      throw new DataException(file + ": no names; expected one a line");
    }
    int empty = kept.indexOf("");
    if (empty >= 0) {
      throw new DataException(
          "%s, line %d: empty, expected the name of class %d".formatted(file, empty + 1, empty));
    }
    return List.copyOf(kept);
  }
}
