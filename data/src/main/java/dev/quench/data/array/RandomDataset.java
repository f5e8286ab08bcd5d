// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import dev.quench.graph.Graph;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.ValueType.TensorType;
import dev.quench.run.dataset.AxisSlice;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.run.dataset.Batches;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Digest;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Seeded noise of the right types and shapes, for comparing and profiling without data.
///
/// Floating types are standard normal, bytes uniform over their range, wider integers and booleans
/// 0 or 1 (valid as indices everywhere). A sample depends only on seed, input name and its number,
/// not on its batch. Immutable, thread-safe.
public final class RandomDataset implements Dataset {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long MAX_SAMPLE_BYTES = 1L << 30;

  private final Map<String, TensorType> samples;
  private final BatchAxes axes;
  private final long seed;
  private final long size;

  private RandomDataset(Map<String, TensorType> samples, BatchAxes axes, long seed, long size) {
    this.samples = samples;
    this.axes = axes;
    this.seed = seed;
    this.size = size;
  }

  /// @param inputs type of each input by name; axis 0 counts samples, and may be free or of any
  ///   size; the others are fixed
  /// @param size number of samples, 1 or more
  /// @throws IllegalArgumentException if a shape is unknown, has no axis 0 or another free
  ///   dimension, or its type is unsupported
  public static RandomDataset of(Map<String, TensorType> inputs, long seed, long size) {
    return of(inputs, BatchAxes.FIRST, seed, size);
  }

  /// As [#of(Map, long, long)], with samples along other axes. An input without such an axis gets
  /// the same noise in every batch.
  public static RandomDataset of(
      Map<String, TensorType> inputs, BatchAxes axes, long seed, long size) {
    if (inputs.isEmpty() || size < 1) {
      throw new IllegalArgumentException(
          "%d inputs and %d samples, expected 1 or more of both".formatted(inputs.size(), size));
    }
    Map<String, TensorType> samples = new LinkedHashMap<>();
    inputs.forEach((name, type) -> samples.put(name, sample(name, type, axes.of(name))));
    return new RandomDataset(Collections.unmodifiableMap(samples), axes, seed, size);
  }

  /// Noise for every required input of `graph`.
  ///
  /// @throws IllegalArgumentException as [#of] does, and if an input is not a tensor
  public static RandomDataset forInputsOf(Graph graph, long seed, long size) {
    Map<String, TensorType> inputs = new LinkedHashMap<>();
    for (Value input : graph.requiredInputs()) {
      if (!(input.type().orElse(null) instanceof TensorType type)) {
        throw new IllegalArgumentException("input " + input + ": expected a tensor of known type");
      }
      inputs.put(input.name(), type);
    }
    Map<String, Shape> shapes = new LinkedHashMap<>();
    inputs.forEach((name, type) -> {
      if (type.shape() != null) {
        shapes.put(name, type.shape());
      }
    });
    return of(inputs, BatchAxes.of(shapes), seed, size);
  }

  private static TensorType sample(String name, TensorType type, OptionalInt axis) {
    Shape shape = type.shape();
    if (shape == null || (axis.isPresent() && shape.rank() <= axis.getAsInt())) {
      throw new IllegalArgumentException(
          "input '%s' is %s, expected a shape [samples, …]".formatted(name, type));
    }
    List<Dim> dims = new ArrayList<>(shape.dims());
    axis.ifPresent(dims::remove);
    Shape sample = new Shape(dims);
    if (!sample.isStatic()) {
      throw new IllegalArgumentException(
          "input '%s' has the free shape %s; fix every dimension except that of the samples"
              .formatted(name, shape));
    }
    if (type.elementType().bits() < 8
        || type.elementType() == DataType.COMPLEX64
        || type.elementType() == DataType.COMPLEX128) {
      throw new IllegalArgumentException(
          "input '%s': no noise of type %s; give real data".formatted(name, type.elementType()));
    }
    if (type.elementType().byteSize(sample.elements()) > MAX_SAMPLE_BYTES) {
      throw new IllegalArgumentException(
          "input '%s': a sample of shape %s is larger than %d bytes"
              .formatted(name, sample, MAX_SAMPLE_BYTES));
    }
    return ValueType.tensor(type.elementType(), sample);
  }

  @Override
  public String description() {
    return "random data, seed " + seed;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public String digest() {
    Digest digest = new Digest("random").number(seed).number(size);
    samples.forEach((name, type) -> {
      digest.text(name).text(type.toString());
      if (!axes.of(name).equals(OptionalInt.of(0))) {
        digest.text("samples along " + axes.of(name));
      }
    });
    return digest.hex();
  }

  @Override
  public BatchAxes axes() {
    return axes;
  }

  @Override
  public boolean isRandom() {
    return true;
  }

  @Override
  public Stream<Batch> batches(int batchSize) {
    return batchesFrom(0, batchSize);
  }

  @Override
  public Stream<Batch> batchesFrom(long first, int batchSize) {
    return Batches.of(first, size, batchSize, this::batch);
  }

  @Override
  public RandomDataset limit(long limit) {
    return new RandomDataset(samples, axes, seed, Batches.limited(size, limit));
  }

  /// The first samples, because noise has no order.
  @Override
  public RandomDataset sample(long count, long chosenBy) {
    return limit(count);
  }

  private Batch batch(long from, int count) {
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    samples.forEach((name, type) -> {
      OptionalInt axis = axes.of(name);
      if (axis.isEmpty()) {
        Tensor one = tensor(name, type, 0, 1);
        inputs.put(name, one.reshape(type.shape() == null ? Shape.SCALAR : type.shape()));
      } else {
        inputs.put(name, AxisSlice.moveFirst(tensor(name, type, from, count), axis.getAsInt()));
      }
    });
    return new Batch(inputs, new Labels.None(), count, List.of(), axes);
  }

  private Tensor tensor(String name, TensorType type, long from, int count) {
    Shape sample = type.shape() == null ? Shape.SCALAR : type.shape();
    List<Dim> dims = new ArrayList<>(sample.dims());
    dims.addFirst(Dim.of(count));
    long elements = sample.elements();
    DataType element = type.elementType();
    int bytes = Math.toIntExact(element.byteSize(Math.multiplyExact(elements, (long) count)));
    MemorySegment memory = MemorySegment.ofArray(new byte[bytes]);
    for (int i = 0; i < count; i++) {
      // Mixing decorrelates the streams of neighbouring numbers and of different names.
      SplittableRandom random =
          new SplittableRandom(new SplittableRandom(seed + from + i).nextLong() ^ name.hashCode());
      for (long j = 0; j < elements; j++) {
        put(memory, element, i * elements + j, random);
      }
    }
    return Tensor.of(element, new Shape(dims), memory);
  }

  private static void put(
      MemorySegment memory, DataType type, long index, SplittableRandom random) {
    switch (type) {
      case FLOAT -> memory.set(FLOAT, index * 4, (float) random.nextGaussian());
      case DOUBLE -> memory.set(DOUBLE, index * 8, random.nextGaussian());
      case FLOAT16 ->
          memory.set(SHORT, index * 2, Float.floatToFloat16((float) random.nextGaussian()));
      case BFLOAT16 ->
          memory.set(
              SHORT,
              index * 2,
              (short) (Float.floatToRawIntBits((float) random.nextGaussian()) >>> 16));
      case INT8, UINT8 ->
          memory.set(ValueLayout.JAVA_BYTE, index, (byte) random.nextInt(-128, 128));
      default -> {
        // Little-endian: the low byte alone gives 0 or 1 in any integer type; 8-bit floats get tiny
        // numbers.
        long width = type.bits() / 8;
        memory.set(ValueLayout.JAVA_BYTE, index * width, (byte) random.nextInt(2));
      }
    }
  }
}
