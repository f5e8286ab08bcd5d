// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What an inference rule sees of one node, and where it stores the results. Used for one node by
/// one thread.
public final class InferenceContext {
  private final Node node;
  private final OpSchema schema;
  private final Function<Value, Optional<PartialValues>> knownValues;
  private final Map<Integer, DataType> types = new HashMap<>();
  private final Map<Integer, Shape> shapes = new HashMap<>();
  private final Map<Integer, PartialValues> values = new HashMap<>();

  /// @param knownValues what is known of the elements of a value
  public InferenceContext(
      Node node, OpSchema schema, Function<Value, Optional<PartialValues>> knownValues) {
    this.node = node;
    this.schema = schema;
    this.knownValues = knownValues;
  }

  // ---- results, for the caller ----

  public Optional<DataType> outputType(int index) {
    return Optional.ofNullable(types.get(index));
  }

  public Optional<Shape> outputShape(int index) {
    return Optional.ofNullable(shapes.get(index));
  }

  public Optional<PartialValues> outputValues(int index) {
    return Optional.ofNullable(values.get(index));
  }

  // ---- inputs, for rules ----

  Node node() {
    return node;
  }

  OpSchema schema() {
    return schema;
  }

  int inputCount() {
    return node.inputs().size();
  }

  int outputCount() {
    return node.outputs().size();
  }

  boolean has(int input) {
    return node.input(input).isPresent();
  }

  /// Whether the ranks of all these inputs are known, so that [#shape] may be called.
  boolean known(int... inputs) {
    return Arrays.stream(inputs).allMatch(i -> node.input(i).shape().isPresent());
  }

  Shape shape(int input) {
    return node.input(input)
        .shape()
        .orElseThrow(() -> new IllegalStateException("shape of input " + input + " is unknown"));
  }

  int rank(int input) {
    return shape(input).rank();
  }

  Optional<DataType> type(int input) {
    return node.input(input).dataType();
  }

  Optional<PartialValues> values(int input) {
    Value value = node.input(input);
    return value.isAbsent() ? Optional.empty() : knownValues.apply(value);
  }

  Optional<long[]> longs(int input) {
    return values(input).flatMap(PartialValues::longs);
  }

  Optional<Tensor> constant(int input) {
    return node.input(input).constant();
  }

  // ---- attributes ----

  boolean hasAttribute(String name) {
    return node.attribute(name).isPresent();
  }

  /// The attribute or its default.
  long integer(String name) {
    return switch (defaultOf(name)) {
      case AttributeValue.IntValue(long value) -> node.intAttribute(name, value);
      case null -> node.intAttribute(name, 0);
      default -> throw new IllegalStateException(schema + " attribute " + name);
    };
  }

  boolean flag(String name) {
    return integer(name) != 0;
  }

  String text(String name) {
    return switch (defaultOf(name)) {
      case AttributeValue.TextValue(var value) -> node.textAttribute(name, value.utf8());
      case null -> node.textAttribute(name, "");
      default -> throw new IllegalStateException(schema + " attribute " + name);
    };
  }

  Optional<long[]> ints(String name) {
    return node.intsAttribute(name);
  }

  /// Integers that an attribute gives in older versions of the operator and an input in newer ones.
  ///
  /// @return empty when they are absent or not known; see [#isGiven]
  Optional<long[]> intsOrInput(String attribute, int input) {
    return schema.attributes().containsKey(attribute) ? ints(attribute) : longs(input);
  }

  /// Whether the attribute, or in newer versions the input, is present.
  boolean isGiven(String attribute, int input) {
    return schema.attributes().containsKey(attribute) ? hasAttribute(attribute) : has(input);
  }

  private @Nullable AttributeValue defaultOf(String name) {
    AttributeSpec spec = schema.attributes().get(name);
    return spec == null ? null : spec.defaultValue().orElse(null);
  }

  // ---- results, for rules ----

  void setType(int output, DataType type) {
    types.put(output, type);
  }

  /// Gives an output the element type of an input, when that is known.
  void copyType(int input, int output) {
    type(input).ifPresent(type -> types.put(output, type));
  }

  void setShape(int output, Shape shape) {
    shapes.put(output, shape);
  }

  void setShape(int output, List<Dim> dims) {
    shapes.put(output, new Shape(dims));
  }

  void copyShape(int input, int output) {
    node.input(input).shape().ifPresent(shape -> shapes.put(output, shape));
  }

  void setValues(int output, PartialValues known) {
    values.put(output, known);
  }

  // ---- checks ----

  /// An axis counted from the front.
  ///
  /// @throws ModelFormatException if it is outside `[-rank, rank)`
  int axis(long axis, int rank) {
    if (axis < -rank || axis >= rank) {
      throw problem(
          "axis %d is outside [%d, %d) of a tensor of rank %d".formatted(axis, -rank, rank, rank));
    }
    return (int) (axis < 0 ? axis + rank : axis);
  }

  /// @throws ModelFormatException unless the rank of the input is `expected`
  void requireRank(int input, int expected, String form) {
    if (rank(input) != expected) {
      throw problem(input, "rank %d, expected %d %s".formatted(rank(input), expected, form));
    }
  }

  /// The size that two dimensions must share, as precisely as either is known.
  ///
  /// @throws ModelFormatException if both are fixed and differ
  Dim same(Dim first, Dim second, int input, String what) {
    if (first instanceof Dim.Fixed(long a) && second instanceof Dim.Fixed(long b) && a != b) {
      throw problem(input, "%s is %d, expected %d".formatted(what, b, a));
    }
    return first instanceof Dim.Fixed || second instanceof Dim.Unknown ? first : second;
  }

  ModelFormatException problem(String problem) {
    return new ModelFormatException(node.describe() + ": " + problem);
  }

  ModelFormatException problem(int input, String problem) {
    ValueType type = node.input(input).type().orElse(null);
    return new ModelFormatException(
        "%s input %d (%s): %s%s"
            .formatted(
                node.describe(),
                input,
                schema.inputName(input),
                problem,
                type == null ? "" : "; it is " + type));
  }
}
