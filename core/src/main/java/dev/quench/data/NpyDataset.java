// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Samples from arrays that NumPy saved: one `.npy` file an input, or one `.npz` archive with an
/// array for each; axis 0 counts samples. No preprocessing happens. Stateless, thread-safe.
public final class NpyDataset {
  private NpyDataset() {}

  /// @param files by the model's input name
  /// @param labels `[samples]` integer class indices from 0
  /// @throws IOException if a file cannot be read
  /// @throws DataException if a file is damaged, or they do not fit each other
  public static Dataset open(Map<String, Path> files, Optional<Path> labels) throws IOException {
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    for (Map.Entry<String, Path> file : files.entrySet()) {
      inputs.put(file.getKey(), NpyFile.read(file.getValue()));
    }
    Labels classes = new Labels.None();
    if (labels.isPresent()) {
      classes = classes(labels.get().toString(), NpyFile.read(labels.get()));
    }
    return TensorDataset.of(files.values().toString(), inputs, classes);
  }

  /// @param archive with one array for each of the model's inputs, by name
  /// @param labelsName name of the array with the class indices; it is no input
  /// @throws IOException if the archive cannot be read
  /// @throws DataException if the archive is damaged, lacks the labels, or its arrays do not fit
  ///   each other
  public static Dataset openArchive(Path archive, Optional<String> labelsName) throws IOException {
    Map<String, Tensor> arrays = new LinkedHashMap<>(NpzFile.read(archive));
    Labels classes = new Labels.None();
    if (labelsName.isPresent()) {
      Tensor labels = arrays.remove(labelsName.get());
      if (labels == null) {
        throw new DataException(
            "%s: no array '%s' for the labels; it has %s"
                .formatted(archive, labelsName.get(), arrays.keySet()));
      }
      classes = classes(archive + ": array '" + labelsName.get() + "'", labels);
    }
    return TensorDataset.of(archive.toString(), arrays, classes);
  }

  private static Labels classes(String where, Tensor labels) {
    if (!labels.dataType().isInteger() || labels.shape().rank() != 1) {
      throw new DataException(
          "%s: labels are %s %s, expected integers [samples]"
              .formatted(where, labels.dataType(), labels.shape()));
    }
    List<Integer> indices = new ArrayList<>();
    for (long label : labels.toLongs()) {
      if (label < 0 || label > Integer.MAX_VALUE) {
        throw new DataException(where + ": label " + label + ", expected class indices from 0");
      }
      indices.add((int) label);
    }
    return new Labels.Classes(indices);
  }
}
