// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import dev.quench.Printable;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Samples that are stacked along axis 0 of one tensor for each input. Immutable and thread-safe;
/// batches share the memory.
public final class TensorDataset implements Dataset {
  private final String description;
  private final Map<String, Tensor> inputs;
  private final List<Integer> classes;
  private final int size;
  private final String digest;

  private TensorDataset(
      String description, Map<String, Tensor> inputs, List<Integer> classes, int size) {
    this.description = description;
    this.inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
    this.classes = List.copyOf(classes);
    this.size = size;
    this.digest = digestOf(this);
  }

  /// Samples of which nothing is known.
  ///
  /// @throws DataException as [#of(String, Map, List)]
  public static TensorDataset of(String description, Map<String, Tensor> inputs) {
    return of(description, inputs, List.of());
  }

  /// Samples with their classes.
  ///
  /// @param description where they come from
  /// @param inputs by input name; each of rank 1 or more, all with the same first dimension
  /// @param classes one for each sample, or none at all
  /// @throws DataException if that does not hold
  public static TensorDataset of(
      String description, Map<String, Tensor> inputs, List<Integer> classes) {
    long size = -1;
    for (Map.Entry<String, Tensor> entry : inputs.entrySet()) {
      Tensor tensor = entry.getValue();
      String what = description + ": input '" + Printable.escape(entry.getKey()) + "' ";
      if (tensor.dataType() == DataType.STRING || tensor.dataType().bits() % 8 != 0) {
        throw new DataException(what + "has type " + tensor.dataType() + "; expected whole bytes");
      }
      if (tensor.shape().rank() == 0 || (size >= 0 && tensor.shape().size(0) != size)) {
        throw new DataException(
            "%shas shape %s; expected the samples along the first axis, as many for each input"
                .formatted(what, tensor.shape()));
      }
      size = tensor.shape().size(0);
    }
    if (size < 1 || size > Integer.MAX_VALUE) {
      throw new DataException(description + ": expected one sample or more, got " + size);
    }
    if (!classes.isEmpty() && classes.size() != size) {
      throw new DataException(
          "%s: %d labels for %d samples; expected one each"
              .formatted(description, classes.size(), size));
    }
    return new TensorDataset(description, inputs, classes, (int) size);
  }

  @Override
  public String description() {
    return "%s (%d samples)".formatted(description, size);
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public String digest() {
    return digest;
  }

  @Override
  public boolean isRandom() {
    return false;
  }

  @Override
  public Stream<Batch> batches(int batchSize) {
    return BatchRanges.of(size, batchSize).map(this::batch);
  }

  @Override
  public Dataset limit(long limit) {
    int fewer = BatchRanges.limited(size, limit);
    return fewer == size
        ? this
        : new TensorDataset(
            description,
            slices(new BatchRanges.Range(0, fewer)),
            classes.isEmpty() ? classes : classes.subList(0, fewer),
            fewer);
  }

  private Batch batch(BatchRanges.Range range) {
    Labels labels =
        classes.isEmpty()
            ? new Labels.None()
            : new Labels.Classes(classes.subList(range.start(), range.start() + range.count()));
    return new Batch(slices(range), labels, range.count());
  }

  private Map<String, Tensor> slices(BatchRanges.Range range) {
    Map<String, Tensor> slices = new LinkedHashMap<>();
    inputs.forEach((name, tensor) -> slices.put(name, slice(tensor, range)));
    return slices;
  }

  private static Tensor slice(Tensor tensor, BatchRanges.Range range) {
    long[] sizes = tensor.shape().sizes();
    long each = tensor.bytes().byteSize() / sizes[0];
    sizes[0] = range.count();
    MemorySegment bytes = tensor.bytes().asSlice(range.start() * each, range.count() * each);
    return Tensor.of(tensor.dataType(), Shape.of(sizes), bytes);
  }

  private static String digestOf(TensorDataset data) {
    SampleDigest sha256 = new SampleDigest("tensors", data.classes.toString());
    data.inputs.forEach((name, tensor) -> {
      sha256.addText(name);
      sha256.addText(tensor.dataType() + " " + tensor.shape());
      sha256.add(tensor.bytes());
    });
    return sha256.hex();
  }
}
