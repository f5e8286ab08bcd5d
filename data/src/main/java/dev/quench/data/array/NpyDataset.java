// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.FixedInputs;
import dev.quench.run.dataset.Labels;
import dev.quench.run.dataset.Mask;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Samples from NumPy arrays: one `.npy` file per input, or one `.npz` archive with an array for
/// each input. Axis 0 counts samples unless the model's inputs declare another axis. Arrays are not
/// preprocessed. Stateless, thread-safe.
public final class NpyDataset {
  private NpyDataset() {}

  /// @param files by the model's input name
  /// @param labels integers: class indices from 0 `[samples]`, or masks `[samples, height, width]`
  /// @throws IOException if a file cannot be read
  /// @throws DataException if a file is damaged, or they do not fit each other
  public static Dataset open(Map<String, Path> files, Optional<Path> labels) throws IOException {
    return open(files, labels, Optional.empty());
  }

  public static Dataset open(
      Map<String, Path> files, Optional<Path> labels, Optional<ArrayFeeds> feeds)
      throws IOException {
    if (feeds.isPresent() && files.values().stream().anyMatch(Files::isDirectory)) {
      return folders(files, labels, feeds.get());
    }
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    for (Map.Entry<String, Path> file : files.entrySet()) {
      inputs.put(file.getKey(), NpyFile.read(file.getValue()));
    }
    Labels classes = new Labels.None();
    if (labels.isPresent()) {
      classes = labels(labels.get().toString(), NpyFile.read(labels.get()));
    }
    return dataset(files.values().toString(), inputs, classes, feeds);
  }

  /// @param archive with one array for each of the model's inputs, by name
  /// @param labelsName name of the array with the class indices; not an input
  /// @throws IOException if the archive cannot be read
  /// @throws DataException if the archive is damaged, lacks the labels, or its arrays do not fit
  ///   each other
  public static Dataset openArchive(Path archive, Optional<String> labelsName) throws IOException {
    return openArchive(archive, labelsName, Optional.empty());
  }

  public static Dataset openArchive(
      Path archive, Optional<String> labelsName, Optional<ArrayFeeds> feeds) throws IOException {
    Map<String, Tensor> arrays = new LinkedHashMap<>(NpzFile.read(archive));
    Labels classes = new Labels.None();
    if (labelsName.isPresent()) {
      Tensor labels = arrays.remove(labelsName.get());
      if (labels == null) {
        throw new DataException(
            "%s: no array '%s' for the labels; it has %s"
                .formatted(archive, labelsName.get(), arrays.keySet()));
      }
      classes = labels(archive + ": array '" + labelsName.get() + "'", labels);
    }
    return dataset(archive.toString(), arrays, classes, feeds);
  }

  /// Folders with one file per sample, together with files that apply to all samples.
  private static Dataset folders(Map<String, Path> files, Optional<Path> labels, ArrayFeeds feeds)
      throws IOException {
    Map<String, Path> folders = new LinkedHashMap<>();
    Map<String, Tensor> whole = new LinkedHashMap<>();
    for (Map.Entry<String, Path> file : files.entrySet()) {
      if (Files.isDirectory(file.getValue())) {
        folders.put(file.getKey(), file.getValue());
      } else {
        whole.put(file.getKey(), feeds.whole(file.getKey(), NpyFile.read(file.getValue())));
      }
    }
    Labels classes =
        labels.isPresent()
            ? labels(labels.get().toString(), NpyFile.read(labels.get()))
            : new Labels.None();
    Dataset entries = NpyEntries.open(folders, feeds.inputs(), feeds.axes(), classes);
    return whole.isEmpty() ? entries : new FixedInputs(entries, whole);
  }

  private static Dataset dataset(
      String where, Map<String, Tensor> arrays, Labels labels, Optional<ArrayFeeds> feeds) {
    if (feeds.isEmpty()) {
      return TensorDataset.of(where, arrays, labels);
    }
    ArrayFeeds.Fed fed = feeds.get().of(where, arrays);
    return TensorDataset.of(where, fed.tensors(), fed.feeds(), labels);
  }

  private static Labels labels(String where, Tensor labels) {
    boolean integers = labels.dataType().isInteger() || labels.dataType() == DataType.BOOL;
    if (integers && labels.shape().rank() == 3) {
      return masks(where, labels);
    }
    if (!integers || labels.shape().rank() != 1) {
      throw new DataException(
          "%s: labels are %s %s, expected integers [samples], or [samples, height, width] for masks"
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

  private static Labels masks(String where, Tensor labels) {
    int height = Math.toIntExact(labels.shape().size(1));
    int width = Math.toIntExact(labels.shape().size(2));
    long[] values = labels.toLongs();
    byte[] classes = new byte[Math.multiplyExact(height, width)];
    List<Mask> masks = new ArrayList<>();
    for (int from = 0; from < values.length; from += classes.length) {
      for (int i = 0; i < classes.length; i++) {
        long label = values[from + i];
        // -1 often marks pixels without a class.
        if (label < -1 || label > Mask.IGNORE) {
          throw new DataException(
              "%s: label %d, expected classes from 0 to 254, %d or -1 for none"
                  .formatted(where, label, Mask.IGNORE));
        }
        classes[i] = (byte) label;
      }
      masks.add(Mask.of(width, height, classes));
    }
    return new Labels.Masks(masks);
  }
}
