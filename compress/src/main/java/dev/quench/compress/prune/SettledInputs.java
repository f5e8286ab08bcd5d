// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import dev.quench.compress.prune.structure.PruningException;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/// Sizes for the free dimensions of inputs, and seeded inputs of these sizes.
///
/// A dimension that counts samples is 1 or as said, the last two of an input of rank 4 are 64, any
/// other is 8, unless the caller says otherwise; dimensions of one name are equal.
public final class SettledInputs {
  private static final long PIXELS = 64;
  private static final long OTHER = 8;

  private final Map<String, Shape> shapes = new LinkedHashMap<>();
  private final Map<String, DataType> types = new LinkedHashMap<>();
  private boolean assumed;
  private int samples = 1;
  private boolean fixed = true;

  /// @param given shapes by input name
  /// @throws PruningException if an input is not a tensor of known rank, or a given shape does not
  ///   fit
  static SettledInputs of(Model model, Map<String, Shape> given) {
    return of(model, given, 1);
  }

  /// As [#of(Model, Map)], with several samples where their number is free.
  public static SettledInputs of(Model model, Map<String, Shape> given, int samples) {
    SettledInputs settled = new SettledInputs();
    Map<String, Shape> declared = new LinkedHashMap<>();
    for (Value input : model.graph().requiredInputs()) {
      Shape shape =
          input
              .shape()
              .orElseThrow(() ->
                  new PruningException(
                      "input '%s' has no known rank, so no cost can be counted; declare its shape"
                          .formatted(input.name())));
      declared.put(input.name(), shape);
      settled.types.put(input.name(), input.dataType().orElseThrow());
    }
    BatchAxes axes = BatchAxes.of(declared);
    Map<String, Long> sizes = new HashMap<>();
    given.forEach((name, shape) -> {
      Shape own = declared.get(name);
      if (own == null || own.rank() != shape.rank() || !shape.isStatic()) {
        throw new PruningException(
            "shape %s for input '%s' does not fit; the inputs are %s"
                .formatted(shape, name, declared));
      }
      for (int axis = 0; axis < own.rank(); axis++) {
        if (own.dim(axis) instanceof Dim.Symbolic(String symbol)) {
          sizes.put(symbol, shape.size(axis));
        }
      }
    });
    declared.forEach((name, shape) -> {
      settled.fixed &= shape.isStatic();
      for (int axis = 0; axis < shape.rank(); axis++) {
        boolean counts = axes.of(name).equals(OptionalInt.of(axis));
        boolean said =
            given.containsKey(name)
                || (shape.dim(axis) instanceof Dim.Symbolic(String symbol)
                    && sizes.containsKey(symbol));
        settled.assumed |= !said && !counts && !(shape.dim(axis) instanceof Dim.Fixed);
      }
    });
    declared.forEach((name, shape) ->
        settled.shapes.put(
            name, given.getOrDefault(name, settle(shape, axes.of(name), sizes, samples))));
    settled.shapes.forEach((name, shape) -> {
      OptionalInt axis = axes.of(name);
      if (axis.isPresent()) {
        settled.samples = Math.toIntExact(shape.size(axis.getAsInt()));
      }
    });
    return settled;
  }

  private static Shape settle(
      Shape shape, OptionalInt batch, Map<String, Long> sizes, int samples) {
    List<Dim> dims = new ArrayList<>();
    for (int axis = 0; axis < shape.rank(); axis++) {
      long usual =
          batch.equals(OptionalInt.of(axis))
              ? samples
              : shape.rank() == 4 && axis >= 2 ? PIXELS : OTHER;
      dims.add(
          switch (shape.dim(axis)) {
            case Dim.Fixed fixed -> fixed;
            case Dim.Symbolic(String name) -> Dim.of(sizes.computeIfAbsent(name, _ -> usual));
            case Dim.Unknown() -> Dim.of(usual);
          });
    }
    return new Shape(dims);
  }

  /// What costs are to be counted at: nothing where all inputs have a fixed shape, so that the
  /// shapes that the model declares behind unknown operators hold.
  Map<String, Shape> forCosts() {
    return fixed ? Map.of() : shapes;
  }

  /// Whether sizes were assumed that are not the number of samples.
  boolean areAssumed() {
    return assumed;
  }

  /// How many samples one call has.
  public int samples() {
    return samples;
  }

  /// By input name.
  public Map<String, Shape> shapes() {
    return shapes;
  }

  /// Normally distributed numbers; whole numbers are 0 or 1, which every vocabulary and mask has.
  public Map<String, Tensor> random(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    types.forEach((name, type) ->
        inputs.put(name, random(type, shapes.getOrDefault(name, Shape.SCALAR), random)));
    return inputs;
  }

  private static Tensor random(DataType type, Shape shape, SplittableRandom random) {
    int elements = Math.toIntExact(shape.elements());
    return switch (type) {
      case FLOAT -> {
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
          values[i] = (float) random.nextGaussian();
        }
        yield Tensor.ofFloats(shape, values);
      }
      case DOUBLE -> {
        double[] values = new double[elements];
        for (int i = 0; i < elements; i++) {
          values[i] = random.nextGaussian();
        }
        yield Tensor.ofDoubles(shape, values);
      }
      case FLOAT16 -> {
        short[] values = new short[elements];
        for (int i = 0; i < elements; i++) {
          values[i] = Float.floatToFloat16((float) random.nextGaussian());
        }
        byte[] bytes = new byte[2 * elements];
        for (int i = 0; i < elements; i++) {
          bytes[2 * i] = (byte) values[i];
          bytes[2 * i + 1] = (byte) (values[i] >> 8);
        }
        yield Tensor.of(type, shape, MemorySegment.ofArray(bytes));
      }
      default -> {
        if (type.bits() < 8 || !(type.isInteger() || type == DataType.BOOL)) {
          throw new PruningException("no random input can be made of type " + type);
        }
        byte[] bytes = new byte[Math.toIntExact(type.byteSize(elements))];
        for (int i = 0; i < elements; i++) {
          bytes[i * type.bits() / 8] = (byte) random.nextInt(2);
        }
        yield Tensor.of(type, shape, MemorySegment.ofArray(bytes));
      }
    };
  }
}
