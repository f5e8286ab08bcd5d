// SPDX-License-Identifier: Apache-2.0
package dev.quench.fuzz;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.op.AttributeSpec;
import dev.quench.graph.op.OpSchema;
import dev.quench.graph.op.OpSchema.Parameter;
import dev.quench.graph.op.OpSchemas;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Graphs of a few nodes whose operators are real and whose operands, types, shapes and attributes
/// are odd: empty, huge, negative, missing.
final class SchemaGraphs {
  private static final List<String> OPERATORS = List.copyOf(OpSchemas.names());
  private static final int[] OPSETS = {7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22};
  private static final DataType[] TYPES = {
    DataType.FLOAT, DataType.FLOAT, DataType.FLOAT, DataType.INT64, DataType.INT64,
    DataType.INT32, DataType.BOOL, DataType.UINT8, DataType.INT8, DataType.DOUBLE,
    DataType.FLOAT16, DataType.STRING
  };
  private static final long[] NUMBERS = {
    0,
    0,
    1,
    1,
    1,
    2,
    2,
    3,
    4,
    -1,
    -2,
    -4,
    7,
    16,
    100,
    65536,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };
  private static final List<String> TEXTS =
      List.of(
          "",
          "SAME_UPPER",
          "VALID",
          "linear",
          "nearest",
          "cubic",
          "constant",
          "reflect",
          "edge",
          "wrap",
          "avg",
          "max",
          "add",
          "mul",
          "bidirectional",
          "reverse",
          "DCR",
          "CRD",
          "ij,jk->ik",
          "ii->i",
          "...i->...",
          "none",
          "tanh",
          "LEFT");

  private final SplittableRandom random;
  private final Graph graph;
  private final List<Value> values = new ArrayList<>();

  /// Operands of one type get past more checks.
  private final boolean floats;

  /// Of how many dimensions one is 0.
  private final int empty;

  private SplittableRandom random() {
    return random;
  }

  private SchemaGraphs(SplittableRandom random) {
    this.random = random;
    this.graph = new Graph("odd", OpsetImports.onnx(OPSETS[random.nextInt(OPSETS.length)]));
    this.floats = random.nextInt(3) == 0;
    this.empty = random.nextInt(4) == 0 ? 5 : 24;
  }

  static Model of(SplittableRandom random) {
    SchemaGraphs graphs = new SchemaGraphs(random);
    graphs.fill();
    return new Model(graphs.graph, 8);
  }

  private void fill() {
    int inputs = 1 + random.nextInt(3);
    for (int i = 0; i < inputs; i++) {
      DataType type = type();
      values.add(
          graph.addInput(
              "x" + i,
              random.nextInt(8) == 0
                  ? ValueType.unranked(type)
                  : ValueType.tensor(type, shape(true))));
    }
    int nodes = 1 + random.nextInt(4);
    for (int i = 0; i < nodes; i++) {
      Node node = graph.append(node(i));
      node.outputs().stream().filter(Value::isPresent).forEach(values::add);
    }
    graph.nodes().stream()
        .flatMap(node -> node.outputs().stream())
        .filter(value -> value.isPresent() && (value.isUnused() || random.nextInt(3) == 0))
        .forEach(graph::addOutput);
  }

  private NodeBuilder node(int index) {
    OpSchema schema = null;
    while (schema == null) {
      String operator = OPERATORS.get(random.nextInt(OPERATORS.size()));
      schema =
          OpSchemas.find("", operator, graph.opsets().version("").orElseThrow())
              .filter(s ->
                  s.attributes().values().stream()
                      .noneMatch(a -> a.kind() == AttributeSpec.Kind.GRAPH))
              .orElse(null);
    }
    NodeBuilder node = NodeBuilder.of(schema.opType()).unchecked().name("n" + index);
    for (Parameter input : schema.inputs()) {
      int times = input.presence() == Parameter.Presence.REPEATED ? 1 + random.nextInt(3) : 1;
      boolean skip = input.presence() == Parameter.Presence.OPTIONAL && random.nextInt(2) == 0;
      for (int i = 0; i < times; i++) {
        node.inputs(skip || random.nextInt(40) == 0 ? Value.ABSENT : operand());
      }
    }
    int outputs = 0;
    for (Parameter output : schema.outputs()) {
      int times = output.presence() == Parameter.Presence.REPEATED ? 1 + random.nextInt(3) : 1;
      for (int i = 0; i < times; i++) {
        boolean omit =
            random.nextInt(output.presence() == Parameter.Presence.OPTIONAL ? 2 : 12) == 0;
        node.output(omit ? "" : "v" + index + "_" + outputs++);
      }
    }
    for (AttributeSpec attribute : schema.attributes().values()) {
      if (attribute.required() ? random.nextInt(30) > 0 : random.nextInt(2) == 0) {
        node.attribute(attribute.name(), attribute(attribute.kind()));
      }
    }
    return node;
  }

  private DataType type() {
    return floats ? DataType.FLOAT : TYPES[random().nextInt(TYPES.length)];
  }

  private Value operand() {
    if (random.nextInt(5) < 2) {
      return graph.addConstant("c", tensor());
    }
    return values.get(random.nextInt(values.size()));
  }

  private AttributeValue attribute(AttributeSpec.Kind kind) {
    return switch (kind) {
      case INT -> AttributeValue.of(number());
      case FLOAT -> AttributeValue.of((float) random.nextDouble(-2, 2));
      case TEXT -> AttributeValue.of(TEXTS.get(random.nextInt(TEXTS.size())));
      case TENSOR -> AttributeValue.of(tensor());
      case INTS ->
          AttributeValue.ofInts(random.longs(random.nextInt(5)).map(_ -> number()).toArray());
      case FLOATS ->
          new AttributeValue.Floats(
              random.doubles(random.nextInt(5), -2, 4).mapToObj(d -> (float) d).toList());
      case TEXTS ->
          new AttributeValue.Texts(
              Stream.generate(() -> ByteString.of(TEXTS.get(random.nextInt(TEXTS.size()))))
                  .limit(random.nextInt(3))
                  .toList());
      case TYPE, SPARSE_TENSOR, GRAPH -> AttributeValue.of(number());
    };
  }

  private long number() {
    return random.nextInt(3) == 0 ? NUMBERS[random.nextInt(NUMBERS.length)] : random.nextInt(-1, 4);
  }

  private Shape shape(boolean symbolic) {
    int rank = random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(4);
    List<Dim> dims = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      int choice = random.nextInt(empty);
      dims.add(
          choice == 0
              ? Dim.of(0)
              : choice == 1 && symbolic ? Dim.of("N") : Dim.of(1L + random.nextInt(4)));
    }
    return new Shape(dims);
  }

  private Tensor tensor() {
    DataType type = floats && random.nextInt(4) == 0 ? DataType.INT64 : type();
    // Sizes, axes and indices are vectors of a few whole numbers.
    if (type == DataType.INT64 || type == DataType.INT32) {
      long[] numbers = random.longs(random.nextInt(5)).map(_ -> number()).toArray();
      if (random.nextInt(3) > 0) {
        return type == DataType.INT64
            ? Tensor.vector(numbers)
            : Tensor.ofInts(
                Shape.of(numbers.length), Arrays.stream(numbers).mapToInt(n -> (int) n).toArray());
      }
    }
    Shape shape = shape(false);
    return tensor(type, shape, random);
  }

  static Tensor tensor(DataType type, Shape shape, SplittableRandom random) {
    if (type == DataType.STRING) {
      return Tensor.ofStrings(
          shape, Collections.nCopies(Math.toIntExact(shape.elements()), ByteString.of("s")));
    }
    if (type == DataType.FLOAT) {
      float[] floats = new float[Math.toIntExact(shape.elements())];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) random.nextDouble(-2, 2);
      }
      return Tensor.ofFloats(shape, floats);
    }
    byte[] bytes = new byte[Math.toIntExact(type.byteSize(shape.elements()))];
    int width = Math.max(1, type.bits() / 8);
    for (int i = 0; i < bytes.length; i += width) {
      bytes[i] = (byte) random.nextInt(type == DataType.BOOL ? 2 : 4);
    }
    return Tensor.of(type, shape, MemorySegment.ofArray(bytes));
  }
}
