// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/// Samples that lie in memory, one tensor an input, stacked along axis 0. Batches share the memory.
/// Immutable, thread-safe.
public final class TensorDataset implements Dataset {
  private final String description;
  private final Map<String, Tensor> inputs;
  private final Labels labels;
  private final long size;

  private TensorDataset(String description, Map<String, Tensor> inputs, Labels labels, long size) {
    this.description = description;
    this.inputs = inputs;
    this.labels = labels;
    this.size = size;
  }

  /// @param description for messages: where the data come from
  /// @param inputs by the model's input name; each `[samples, …]`; borrowed
  /// @param labels as many as samples, or none
  /// @throws DataException if there is no sample, a tensor has no axis 0, element types narrower
  ///   than a byte, or the numbers of samples differ
  public static TensorDataset of(String description, Map<String, Tensor> inputs, Labels labels) {
    if (inputs.isEmpty()) {
      throw new DataException(description + ": no inputs, expected one tensor for each");
    }
    long size = -1;
    for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
      Tensor tensor = input.getValue();
      if (tensor.shape().rank() == 0 || tensor.dataType().bits() < 8) {
        throw new DataException(
            "%s: input '%s' is %s %s, expected [samples, …] of a type of whole bytes"
                .formatted(description, input.getKey(), tensor.dataType(), tensor.shape()));
      }
      long samples = tensor.shape().size(0);
      if (size >= 0 && samples != size) {
        throw new DataException(
            "%s: input '%s' has %d samples, others have %d"
                .formatted(description, input.getKey(), samples, size));
      }
      size = samples;
    }
    if (size == 0) {
      throw new DataException(description + ": no samples");
    }
    if (count(labels, size) != size) {
      throw new DataException(
          "%s: %d labels for %d samples".formatted(description, count(labels, size), size));
    }
    return new TensorDataset(
        description, Collections.unmodifiableMap(new LinkedHashMap<>(inputs)), labels, size);
  }

  /// Samples without labels.
  public static TensorDataset of(String description, Map<String, Tensor> inputs) {
    return of(description, inputs, new Labels.None());
  }

  private static long count(Labels labels, long samples) {
    return switch (labels) {
      case Labels.None _ -> samples;
      case Labels.Classes classes -> classes.indices().size();
      case Labels.Masks masks -> masks.masks().size();
      case Labels.Boxes boxes -> boxes.images().size();
      case Labels.Texts texts -> texts.texts().size();
    };
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public String digest() {
    Digest digest = new Digest("tensors");
    inputs.forEach((name, tensor) -> digest.text(name).tensor(rows(tensor, 0, size)));
    digest.labels(labels.slice(0, labels instanceof Labels.None ? 0 : Math.toIntExact(size)));
    return digest.hex();
  }

  @Override
  public boolean isRandom() {
    return false;
  }

  @Override
  public Stream<Batch> batches(int batchSize) {
    return Batches.of(size, batchSize, this::batch);
  }

  @Override
  public TensorDataset limit(long limit) {
    return new TensorDataset(description, inputs, labels, Batches.limited(size, limit));
  }

  private Batch batch(long from, int count) {
    Map<String, Tensor> rows = new LinkedHashMap<>();
    inputs.forEach((name, tensor) -> rows.put(name, rows(tensor, from, count)));
    Labels some = labels.slice(Math.toIntExact(from), Math.toIntExact(from + count));
    return new Batch(rows, some, count);
  }

  private static Tensor rows(Tensor tensor, long from, long count) {
    Shape shape = tensor.shape().with(0, Dim.of(count));
    long rowBytes = tensor.byteSize() / tensor.shape().size(0);
    DataType type = tensor.dataType();
    return Tensor.of(type, shape, tensor.bytes().asSlice(from * rowBytes, count * rowBytes));
  }
}
