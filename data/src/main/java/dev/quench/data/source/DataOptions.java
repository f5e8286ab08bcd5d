// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.source;

import dev.quench.data.annotation.ModelClasses;
import dev.quench.data.array.IdxDataset;
import dev.quench.data.image.Normalization;
import dev.quench.data.image.Preprocessing;
import dev.quench.graph.ValueType.TensorType;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.tensor.Shape;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Options for opening a [DataSource] for one model.
///
/// @param inputs type of each of the model's inputs by name, in graph order
/// @param preprocessing of images; optional for IDX, CIFAR-10 and SVHN data
/// @param normalization of IDX, CIFAR-10 and SVHN data without declared preprocessing
/// @param split the half of a data set that has two
/// @param skipDamaged whether to leave out and list unusable images; if not, the first one is an
///   error
/// @param readAhead batches that a background thread keeps ready; 0 for no background thread
/// @param batchAxes batch axis by input name, where the declared shapes imply a wrong one; empty
///   for an input without a batch axis
/// @param classes that the model distinguishes
/// @param labelOffset added to class indices; if present, the data may have more or fewer classes
///   than the model
public record DataOptions(
    Map<String, TensorType> inputs,
    Optional<Preprocessing> preprocessing,
    Normalization normalization,
    IdxDataset.Split split,
    boolean skipDamaged,
    int readAhead,
    Map<String, OptionalInt> batchAxes,
    ModelClasses classes,
    OptionalInt labelOffset) {
  public DataOptions {
    inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
    batchAxes = Map.copyOf(batchAxes);
    if (readAhead < 0) {
      throw new IllegalArgumentException("batches read ahead must be 0 or more, got " + readAhead);
    }
  }

  /// Maps bytes to `[0, 1]`, reads test data, skips nothing, reads two batches ahead.
  public static DataOptions of(Map<String, TensorType> inputs) {
    return new DataOptions(
        inputs,
        Optional.empty(),
        Normalization.UNIT,
        IdxDataset.Split.TEST,
        false,
        2,
        Map.of(),
        ModelClasses.UNKNOWN,
        OptionalInt.empty());
  }

  public DataOptions withPreprocessing(Optional<Preprocessing> declared) {
    return new DataOptions(
        inputs,
        declared,
        normalization,
        split,
        skipDamaged,
        readAhead,
        batchAxes,
        classes,
        labelOffset);
  }

  public DataOptions withNormalization(Normalization changed) {
    return new DataOptions(
        inputs,
        preprocessing,
        changed,
        split,
        skipDamaged,
        readAhead,
        batchAxes,
        classes,
        labelOffset);
  }

  public DataOptions withSplit(IdxDataset.Split chosen) {
    return new DataOptions(
        inputs,
        preprocessing,
        normalization,
        chosen,
        skipDamaged,
        readAhead,
        batchAxes,
        classes,
        labelOffset);
  }

  public DataOptions withSkipDamaged(boolean skip) {
    return new DataOptions(
        inputs,
        preprocessing,
        normalization,
        split,
        skip,
        readAhead,
        batchAxes,
        classes,
        labelOffset);
  }

  public DataOptions withReadAhead(int batches) {
    return new DataOptions(
        inputs,
        preprocessing,
        normalization,
        split,
        skipDamaged,
        batches,
        batchAxes,
        classes,
        labelOffset);
  }

  public DataOptions withBatchAxes(Map<String, OptionalInt> said) {
    return new DataOptions(
        inputs,
        preprocessing,
        normalization,
        split,
        skipDamaged,
        readAhead,
        said,
        classes,
        labelOffset);
  }

  /// @param offset empty if the indices are the model's
  public DataOptions withClasses(ModelClasses known, OptionalInt offset) {
    return new DataOptions(
        inputs,
        preprocessing,
        normalization,
        split,
        skipDamaged,
        readAhead,
        batchAxes,
        known,
        offset);
  }

  /// The batch axes of the model's inputs.
  public BatchAxes axes() {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    inputs.forEach((name, type) -> {
      if (type.shape() != null) {
        shapes.put(name, type.shape());
      }
    });
    return BatchAxes.of(shapes).with(batchAxes);
  }
}
