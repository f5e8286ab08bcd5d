// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import dev.quench.run.dataset.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// An IDX file of images and the file with their labels, found by the usual names.
record IdxPair(Path images, Path labels) {
  /// @throws DataException if no pair exists, or several do and none is of `split`
  static IdxPair find(Path path, IdxDataset.Split split) throws IOException {
    if (!Files.exists(path)) {
      throw new DataException(path + ": no such file or folder; check the name");
    }
    if (!Files.isDirectory(path)) {
      return ofImages(path);
    }
    List<Path> found;
    try (Stream<Path> files = Files.list(path)) {
      found = files.filter(IdxPair::isImages).sorted().toList();
    }
    if (found.isEmpty()) {
      throw new DataException(
          path
              + " holds no file such as t10k-images-idx3-ubyte.gz; name the folder of the IDX files or the images file");
    }
    if (found.size() == 1) {
      return ofImages(found.getFirst());
    }
    return found.stream()
        .filter(file -> name(file).startsWith(split.prefix))
        .findFirst()
        .map(IdxPair::ofImages)
        .orElseThrow(() ->
            new DataException(
                "%s holds several images files, %s, and none begins with %s; name one as idx:FILE"
                    .formatted(path, found, split.prefix)));
  }

  private static IdxPair ofImages(Path images) {
    String name = name(images).replace("images", "labels").replace("idx3", "idx1");
    Path labels = images.resolveSibling(name);
    if (!isImages(images) || !Files.exists(labels)) {
      throw new DataException(
          "%s has no labels beside it; expected names such as t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte"
              .formatted(images));
    }
    return new IdxPair(images, labels);
  }

  private static boolean isImages(Path file) {
    return name(file).contains("images") && name(file).contains("idx3");
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }
}
