// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import static dev.quench.graph.op.SchemaTable.since;

import dev.quench.graph.AttributeValue;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Operators that work element by element, on one tensor or on several that broadcast.
final class ElementwiseOps {
  private ElementwiseOps() {}

  static void register(SchemaTable table) {
    registerUnary(table);
    registerActivations(table);
    registerBinary(table);
    registerCasts(table);
  }

  private static void registerUnary(SchemaTable table) {
    InferenceRule unary = ElementwiseOps::unary;
    table.addAll(
        "Abs Ceil Exp Floor Log Neg Reciprocal Sigmoid Sqrt Tanh",
        since(6, 13),
        "X -> Y",
        "",
        unary);
    table.addAll("Erf Sign", since(9, 13), "input -> output", "", unary);
    table.addAll("Sin Cos Tan Asin Acos Atan", since(7, 22), "input -> output", "", unary);
    table.addAll("Sinh Cosh Asinh Acosh Atanh", since(9, 22), "input -> output", "", unary);
    table.addAll("Softplus Softsign", since(1, 22), "X -> Y", "", unary);
    table.add("Round", since(11, 22), "X -> Y", "", unary);
    table.add("BitwiseNot", since(18), "X -> Y", "", unary);
    table.add("Not", since(1), "X -> Y", "", ElementwiseOps::predicate);
    table.add("IsNaN", since(9, 13, 20), "X -> Y", "", ElementwiseOps::predicate);
    table.add(
        "IsInf",
        since(10, 20),
        "X -> Y",
        "detect_negative:i=1 detect_positive:i=1",
        ElementwiseOps::predicate);
    table.add("Identity", since(1, 13, 14, 16, 19, 21), "input -> output", "", unary);
  }

  private static void registerActivations(SchemaTable table) {
    InferenceRule keep = NormalizationOps::keep;
    table.add("Relu", since(6, 13, 14), "X -> Y", "", keep);
    table.add("LeakyRelu", since(6, 16), "X -> Y", "alpha:f=0.01", keep);
    table.add("HardSigmoid", since(6, 22), "X -> Y", "alpha:f=0.2 beta:f=0.5", keep);
    table.addAll("HardSwish", since(14, 22), "X -> Y", "", keep);
    table.add("Mish", since(18, 22), "X -> Y", "", keep);
    table.add("Gelu", since(20), "X -> Y", "approximate:s=none", keep);
    table.add("Elu", since(6, 22), "X -> Y", "alpha:f=1", keep);
    table.add("Celu", since(12), "X -> Y", "alpha:f=1", keep);
    table.add("Selu", since(6, 22), "X -> Y", "alpha:f=1.67326319 gamma:f=1.05070102", keep);
    table.add("ThresholdedRelu", since(10, 22), "X -> Y", "alpha:f=1", keep);
    table.add("Shrink", since(9), "input -> output", "bias:f=0 lambd:f=0.5", keep);
    table.add("PRelu", since(7, 9, 16), "X slope -> Y", "", keep);
    table.add(
        "Clip", since(6), "input -> output", "max:f=3.40282347e38 min:f=-3.40282347e38", keep);
    table.add("Clip", since(11, 12, 13), "input min? max? -> output", "", keep);
  }

  private static void registerBinary(SchemaTable table) {
    InferenceRule same = c -> broadcast(c, 0, Optional.empty());
    InferenceRule logical = c -> broadcast(c, 0, Optional.of(DataType.BOOL));
    table.addAll("Add Sub Mul Div", since(7, 13, 14), "A B -> C", "", same);
    table.add("Pow", since(7, 12, 13, 15), "X Y -> Z", "", same);
    table.add("Mod", since(10, 13), "A B -> C", "fmod:i=0", same);
    table.addAll("And Or Xor", since(7), "A B -> C", "", logical);
    table.add("Equal", since(7, 11, 13, 19), "A B -> C", "", logical);
    table.addAll("Greater Less", since(7, 9, 13), "A B -> C", "", logical);
    table.addAll("GreaterOrEqual LessOrEqual", since(12, 16), "A B -> C", "", logical);
    table.add("BitShift", since(11), "X Y -> Z", "direction:s!", same);
    table.addAll("BitwiseAnd BitwiseOr BitwiseXor", since(18), "A B -> C", "", same);
    table.add(
        "Where",
        since(9, 16),
        "condition X Y -> output",
        "",
        c -> broadcast(c, 1, Optional.empty()));
    table.addAll("Max Min", since(8, 12, 13), "data_0+ -> max_or_min", "", same);
    table.addAll("Sum Mean", since(8, 13), "data_0+ -> sum_or_mean", "", same);
  }

  private static void registerCasts(SchemaTable table) {
    table.add("Cast", since(6, 9, 13), "input -> output", "to:i!", ElementwiseOps::cast);
    table.add("Cast", since(19, 21), "input -> output", "to:i! saturate:i=1", ElementwiseOps::cast);
    table.add("CastLike", since(15), "input target_type -> output", "", ElementwiseOps::castLike);
    table.add(
        "CastLike",
        since(19, 21),
        "input target_type -> output",
        "saturate:i=1",
        ElementwiseOps::castLike);
  }

  private static void unary(InferenceContext c) {
    NormalizationOps.keep(c);
    c.values(0)
        .ifPresent(v ->
            c.setValues(
                0,
                new PartialValues(
                    v.elements().stream()
                        .map(e -> PartialArithmetic.unary(c.node().opType(), e))
                        .toList(),
                    v.scalar())));
  }

  private static void predicate(InferenceContext c) {
    unary(c);
    c.setType(0, DataType.BOOL);
  }

  private static void broadcast(InferenceContext c, int typeFrom, Optional<DataType> type) {
    type.ifPresentOrElse(known -> c.setType(0, known), () -> c.copyType(typeFrom, 0));
    List<Shape> shapes = new ArrayList<>();
    for (int i = 0; i < c.inputCount(); i++) {
      if (!c.known(i)) {
        return;
      }
      shapes.add(c.shape(i));
    }
    c.setShape(0, Broadcast.of(c, shapes));
    combine(c);
  }

  /// Computes what is known of the elements, if it is of every input.
  private static void combine(InferenceContext c) {
    if (c.inputCount() < c.schema().minInputs()) {
      throw c.problem(c.inputCount() + " inputs, expected " + c.schema().minInputs());
    }
    List<PartialValues> inputs = new ArrayList<>();
    for (int i = 0; i < c.inputCount(); i++) {
      Optional<PartialValues> known = c.values(i);
      if (known.isEmpty()) {
        return;
      }
      inputs.add(known.get());
    }
    OptionalInt size = commonSize(inputs);
    if (size.isEmpty()) {
      return;
    }
    List<PartialValues.Element> elements = new ArrayList<>();
    for (int i = 0; i < size.getAsInt(); i++) {
      List<PartialValues.Element> operands = new ArrayList<>();
      for (PartialValues input : inputs) {
        operands.add(input.get(input.size() == 1 ? 0 : i));
      }
      elements.add(
          PartialArithmetic.combine(
              c.flag("fmod") ? "Remainder" : c.node().opType(),
              operands,
              c.type(0).map(DataType::isInteger).orElse(false)));
    }
    boolean scalar = inputs.stream().allMatch(PartialValues::scalar);
    c.setValues(0, new PartialValues(elements, scalar));
  }

  private static OptionalInt commonSize(List<PartialValues> inputs) {
    int size = 1;
    for (PartialValues input : inputs) {
      if (input.size() != 1) {
        if (size != 1 && size != input.size()) {
          return OptionalInt.empty();
        }
        size = input.size();
      }
    }
    return OptionalInt.of(size);
  }

  private static void cast(InferenceContext c) {
    if (c.node().attribute("to").orElse(null) instanceof AttributeValue.Reference) {
      c.copyShape(0, 0);
      return;
    }
    long code = c.integer("to");
    DataType type =
        DataType.fromOnnxCode((int) code)
            .orElseThrow(() ->
                c.problem("attribute 'to' is " + code + ", expected the code of an element type"));
    castTo(c, type);
  }

  private static void castLike(InferenceContext c) {
    c.type(1).ifPresentOrElse(type -> castTo(c, type), () -> c.copyShape(0, 0));
  }

  private static void castTo(InferenceContext c, DataType type) {
    c.setType(0, type);
    c.copyShape(0, 0);
    c.values(0)
        .ifPresent(v ->
            c.setValues(
                0,
                new PartialValues(
                    v.elements().stream().map(e -> PartialArithmetic.cast(e, type)).toList(),
                    v.scalar())));
  }

  /// For operators with a tensor attribute: the one element of a tensor.
  static Optional<PartialValues.Element> single(Tensor tensor) {
    return tensor.elements() == 1
        ? PartialValues.of(tensor.reshape(Shape.SCALAR)).map(v -> v.get(0))
        : Optional.empty();
  }
}
