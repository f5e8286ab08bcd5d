// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import dev.quench.data.image.ImageFile;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.SkippedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// The files of a folder, by name; hidden files are skipped.
///
/// @param images files with the suffix of an image format that can be decoded
/// @param others files that are left out, except lists and descriptions
public record FolderFiles(List<Path> images, List<SkippedFile> others) {
  private static final Set<String> DESCRIPTIONS =
      Set.of(".txt", ".md", ".csv", ".tsv", ".json", ".xml", ".yaml", ".yml", ".html", ".pdf");

  /// @throws IOException if the folder cannot be read
  public static FolderFiles of(Path folder) throws IOException {
    List<Path> images = new ArrayList<>();
    List<SkippedFile> others = new ArrayList<>();
    for (Path file : sorted(folder, each -> !isHidden(each) && !Files.isDirectory(each))) {
      boolean named = ImageFile.isNamedLikeAnImage(file);
      if (named && Files.isRegularFile(file)) {
        images.add(file);
      } else if (named) {
        others.add(new SkippedFile(file, file + ": not a regular file"));
      } else if (!isDescription(file)) {
        others.add(
            new SkippedFile(
                file, file + ": expected the name of an image file: " + ImageFile.READ));
      }
    }
    return new FolderFiles(images, others);
  }

  /// The folders in a folder.
  static List<Path> folders(Path folder) throws IOException {
    return sorted(folder, file -> !isHidden(file) && Files.isDirectory(file));
  }

  private static List<Path> sorted(Path folder, Predicate<Path> wanted) throws IOException {
    if (!Files.exists(folder)) {
      throw new DataException(folder + ": no such folder; check the name");
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(wanted)
          .sorted(Comparator.comparing(FolderFiles::stem).thenComparing(FolderFiles::name))
          .toList();
    } catch (NotDirectoryException e) {
      throw new DataException(folder + ": is a file, expected a folder", e);
    }
  }

  private static boolean isHidden(Path file) {
    return name(file).startsWith(".");
  }

  private static boolean isDescription(Path file) {
    String name = name(file);
    return DESCRIPTIONS.stream().anyMatch(name::endsWith);
  }

  /// Names the other files, to append to a message; empty without any.
  String hint() {
    return others.isEmpty()
        ? ""
        : " (%d other files, such as %s)".formatted(others.size(), others.getFirst().file());
  }

  public static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  static String stem(Path file) {
    String name = name(file);
    int dot = name.lastIndexOf('.');
    return dot <= 0 ? name : name.substring(0, dot);
  }
}
