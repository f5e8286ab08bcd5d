// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import dev.quench.data.source.DataSource;
import dev.quench.digest.Sha256;
import dev.quench.io.RegularFile;
import dev.quench.run.dataset.DataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// SHA-256 of data, by content.
final class DataDigest {
  private DataDigest() {}

  /// Names and contents of all files that the data consist of.
  ///
  /// @throws DataException if one is not there
  static String of(DataSource source) throws IOException {
    StringBuilder text = new StringBuilder(source.getClass().getSimpleName()).append('\n');
    if (source instanceof DataSource.Npy(Map<String, Path> files)) {
      text.append(files.keySet()).append('\n');
    }
    for (Path path : paths(source)) {
      if (!Files.exists(path)) {
        throw new DataException(path + ": no such file or folder; check the name");
      }
      try (Stream<Path> files = Files.walk(path)) {
        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          text.append(path.relativize(file))
              .append(' ')
              .append(RegularFile.sha256(file))
              .append('\n');
        }
      }
    }
    return Sha256.hex(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static List<Path> paths(DataSource source) {
    return switch (source) {
      case DataSource.Idx(Path path) -> List.of(path);
      case DataSource.Cifar10(Path folder) -> List.of(folder);
      case DataSource.Svhn(Path path) -> List.of(path);
      case DataSource.Images(Path path, Optional<Path> labels) ->
          Stream.concat(Stream.of(path), labels.stream()).toList();
      case DataSource.Segmentation(Path folder) -> List.of(folder);
      case DataSource.Coco(Path annotations, Optional<Path> images) ->
          Stream.concat(Stream.of(annotations), images.stream()).toList();
      case DataSource.Text(Path list) -> List.of(list);
      case DataSource.Npy(Map<String, Path> files) -> List.copyOf(files.values());
      case DataSource.Npz(Path archive) -> List.of(archive);
    };
  }
}
