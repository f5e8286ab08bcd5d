// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import dev.quench.graph.ValueType.TensorType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// How a [DataSource] is opened for one model.
///
/// @param inputs type of each of the model's inputs by name, in graph order
/// @param preprocessing of images; IDX and CIFAR-10 data may do without
/// @param normalization of IDX and CIFAR-10 data without declared preprocessing
/// @param split which half of a data set that comes in two
/// @param skipDamaged whether images that cannot be used are left out and listed; if not, the first
///   is an error
/// @param readAhead batches that a background thread keeps ready, 0 for none
public record DataOptions(
    Map<String, TensorType> inputs,
    Optional<Preprocessing> preprocessing,
    Normalization normalization,
    IdxDataset.Split split,
    boolean skipDamaged,
    int readAhead) {
  public DataOptions {
    inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
    if (readAhead < 0) {
      throw new IllegalArgumentException("batches read ahead must be 0 or more, got " + readAhead);
    }
  }

  /// Bytes to `[0, 1]`, test data, nothing skipped, two batches read ahead.
  public static DataOptions of(Map<String, TensorType> inputs) {
    return new DataOptions(
        inputs, Optional.empty(), Normalization.UNIT, IdxDataset.Split.TEST, false, 2);
  }

  public DataOptions withPreprocessing(Optional<Preprocessing> declared) {
    return new DataOptions(inputs, declared, normalization, split, skipDamaged, readAhead);
  }

  public DataOptions withNormalization(Normalization changed) {
    return new DataOptions(inputs, preprocessing, changed, split, skipDamaged, readAhead);
  }

  public DataOptions withSplit(IdxDataset.Split chosen) {
    return new DataOptions(inputs, preprocessing, normalization, chosen, skipDamaged, readAhead);
  }

  public DataOptions withSkipDamaged(boolean skip) {
    return new DataOptions(inputs, preprocessing, normalization, split, skip, readAhead);
  }

  public DataOptions withReadAhead(int batches) {
    return new DataOptions(inputs, preprocessing, normalization, split, skipDamaged, batches);
  }
}
