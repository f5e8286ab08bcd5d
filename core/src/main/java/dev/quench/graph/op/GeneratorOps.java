// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import static dev.quench.graph.op.SchemaTable.since;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.op.PartialValues.Element;
import dev.quench.graph.op.PartialValues.Known;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Operators that generate their output instead of computing it from data: constants, ranges, and
/// the shapes of other tensors.
final class GeneratorOps {
  private GeneratorOps() {}

  static void register(SchemaTable table) {
    InferenceRule constant = GeneratorOps::constant;
    table.add("Constant", since(1, 9), "-> output", "value:t!", constant);
    table.add("Constant", since(11), "-> output", "value:t sparse_value:st", constant);
    table.add(
        "Constant",
        since(12, 13, 19, 21),
        "-> output",
        "value:t sparse_value:st value_float:f value_floats:fs value_int:i value_ints:is"
            + " value_string:s value_strings:ss",
        constant);
    table.add(
        "ConstantOfShape", since(9, 20, 21), "input -> output", "value:t", GeneratorOps::filled);
    table.add("Range", since(11), "start limit delta -> output", "", GeneratorOps::range);
    table.add("EyeLike", since(9, 22), "input -> output", "dtype:i k:i=0", GeneratorOps::eyeLike);
    table.add("Shape", since(1, 13), "data -> shape", "", GeneratorOps::shape);
    table.add("Shape", since(15, 19, 21), "data -> shape", "start:i=0 end:i", GeneratorOps::shape);
    table.add("Size", since(1, 13, 19, 21), "data -> size", "", GeneratorOps::size);
    String seeded = "dtype:i=1 seed:f ";
    table.add(
        "RandomNormal",
        since(1, 22),
        "-> output",
        seeded + "mean:f=0 scale:f=1 shape:is!",
        GeneratorOps::random);
    table.add(
        "RandomUniform",
        since(1, 22),
        "-> output",
        seeded + "high:f=1 low:f=0 shape:is!",
        GeneratorOps::random);
    table.add(
        "RandomNormalLike",
        since(1, 22),
        "input -> output",
        "dtype:i seed:f mean:f=0 scale:f=1",
        GeneratorOps::randomLike);
    table.add(
        "RandomUniformLike",
        since(1, 22),
        "input -> output",
        "dtype:i seed:f high:f=1 low:f=0",
        GeneratorOps::randomLike);
  }

  private static void constant(InferenceContext c) {
    Optional<Tensor> dense = c.node().output(0).constant();
    if (dense.isPresent()) {
      c.setType(0, dense.get().dataType());
      c.setShape(0, dense.get().shape());
      PartialValues.of(dense.get()).ifPresent(v -> c.setValues(0, v));
      return;
    }
    for (AttributeValue value : c.node().attributes().values()) {
      switch (value) {
        case AttributeValue.SparseTensorValue(var sparse) -> {
          c.setType(0, sparse.values().dataType());
          c.setShape(0, sparse.shape());
        }
        case AttributeValue.TextValue _ -> {
          c.setType(0, DataType.STRING);
          c.setShape(0, Shape.SCALAR);
        }
        case AttributeValue.Texts(var texts) -> {
          c.setType(0, DataType.STRING);
          c.setShape(0, Shape.of(texts.size()));
        }
        default -> {
          // the dense forms are handled above, references of function bodies are unknown
        }
      }
    }
  }

  private static void filled(InferenceContext c) {
    Optional<AttributeValue> value = c.node().attribute("value");
    c.setType(
        0,
        value.orElse(null) instanceof AttributeValue.TensorValue(Tensor tensor)
            ? tensor.dataType()
            : DataType.FLOAT);
    Optional<PartialValues> sizes = c.values(0);
    if (sizes.isEmpty()) {
      if (c.known(0) && c.rank(0) == 1 && c.shape(0).dim(0) instanceof Dim.Fixed(long rank)) {
        c.setShape(0, Sizes.unknown(Math.clamp(rank, 0, PartialValues.MAX_ELEMENTS)));
      }
      return;
    }
    List<Dim> dims = sizes.get().elements().stream().map(PartialValues::asDim).toList();
    c.setShape(0, dims);
    if (dims.size() == 1
        && dims.getFirst() instanceof Dim.Fixed(long n)
        && n <= PartialValues.MAX_ELEMENTS) {
      Element fill =
          value.orElse(null) instanceof AttributeValue.TensorValue(Tensor tensor)
              ? ElementwiseOps.single(tensor).orElse(Element.UNKNOWN)
              : new Known(0);
      c.setValues(0, PartialValues.repeated(fill, (int) n));
    }
  }

  private static void range(InferenceContext c) {
    c.copyType(0, 0);
    Optional<Double> start = number(c, 0);
    Optional<Double> limit = number(c, 1);
    Optional<Double> step = number(c, 2);
    if (start.isEmpty() || limit.isEmpty() || step.isEmpty()) {
      boolean countsUpFromZero =
          start.filter(v -> v == 0).isPresent() && step.filter(v -> v == 1).isPresent();
      Dim count =
          countsUpFromZero
              ? c.values(1)
                  .filter(v -> v.size() == 1)
                  .map(v -> PartialValues.asDim(v.get(0)))
                  .orElse(Dim.UNKNOWN)
              : Dim.UNKNOWN;
      c.setShape(0, Shape.of(count));
      return;
    }
    if (step.get() == 0) {
      throw c.problem(2, "0, expected a positive or negative step");
    }
    double count = Math.max(0, Math.ceil((limit.get() - start.get()) / step.get()));
    c.setShape(0, Shape.of(PartialValues.asDim(new Known(count))));
    if (count <= PartialValues.MAX_ELEMENTS) {
      List<Element> elements = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        elements.add(new Known(start.get() + i * step.get()));
      }
      c.setValues(0, PartialValues.vector(elements));
    }
  }

  private static Optional<Double> number(InferenceContext c, int input) {
    return c.values(input)
        .filter(v -> v.size() == 1)
        .flatMap(v -> v.get(0) instanceof Known(double x) ? Optional.of(x) : Optional.empty());
  }

  private static void eyeLike(InferenceContext c) {
    c.copyShape(0, 0);
    if (c.hasAttribute("dtype")) {
      DataType.fromOnnxCode((int) c.integer("dtype")).ifPresent(type -> c.setType(0, type));
    } else {
      c.copyType(0, 0);
    }
  }

  private static void shape(InferenceContext c) {
    c.setType(0, DataType.INT64);
    if (!c.known(0)) {
      c.setShape(0, Shape.of(Dim.UNKNOWN));
      return;
    }
    int rank = c.rank(0);
    long end = c.hasAttribute("end") ? c.integer("end") : rank;
    int from = bound(c.integer("start"), rank);
    int to = Math.max(from, bound(end, rank));
    PartialValues sizes = PartialValues.of(c.shape(0).dims().subList(from, to));
    c.setShape(0, sizes.shape());
    c.setValues(0, sizes);
  }

  private static int bound(long axis, int rank) {
    return Math.clamp(axis < 0 ? axis + rank : axis, 0, rank);
  }

  private static void size(InferenceContext c) {
    c.setType(0, DataType.INT64);
    c.setShape(0, Shape.SCALAR);
    if (c.known(0)) {
      Dim product = Sizes.product(c.shape(0).dims());
      c.setValues(0, PartialValues.scalar(PartialValues.ofDim(product)));
    }
  }

  /// Runtimes hand the bounds to a generator that ends the process on others.
  private static void checkDistribution(InferenceContext c) {
    if (c.node().opType().startsWith("RandomUniform")) {
      float low = c.node().floatAttribute("low", 0);
      float high = c.node().floatAttribute("high", 1);
      if (!(low <= high) || !Float.isFinite(high - low)) {
        throw c.problem("draws from %s to %s, expected a finite range".formatted(low, high));
      }
    } else {
      float scale = c.node().floatAttribute("scale", 1);
      if (!(scale > 0) || !Float.isFinite(scale)) {
        throw c.problem("attribute 'scale' is " + scale + ", expected a positive number");
      }
    }
  }

  private static void randomLike(InferenceContext c) {
    checkDistribution(c);
    eyeLike(c);
  }

  private static void random(InferenceContext c) {
    checkDistribution(c);
    DataType.fromOnnxCode((int) c.integer("dtype")).ifPresent(type -> c.setType(0, type));
    long[] sizes = c.ints("shape").orElse(new long[0]);
    for (long size : sizes) {
      if (size < 0) {
        throw c.problem("attribute 'shape' holds " + size + ", expected sizes");
      }
    }
    c.setShape(0, Shape.of(sizes));
  }
}
