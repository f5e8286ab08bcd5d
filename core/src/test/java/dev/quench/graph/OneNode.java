// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// A graph of one node under test, whose inputs are graph inputs of given shapes or constants.
public final class OneNode {
  private final Graph graph;
  private final NodeBuilder builder;
  private final List<Value> inputs = new ArrayList<>();
  private int outputs = 1;

  private OneNode(String opType, long opset) {
    this.graph = new Graph("test", OpsetImports.onnx(opset));
    this.builder = NodeBuilder.of(opType).name("node");
  }

  public static OneNode of(String opType, long opset) {
    return new OneNode(opType, opset);
  }

  /// Adds a FLOAT input; dimensions are numbers, or names of symbols, or `?`.
  public OneNode in(Object... dims) {
    return in(DataType.FLOAT, dims);
  }

  public OneNode in(DataType type, Object... dims) {
    inputs.add(graph.addInput("in" + inputs.size(), ValueType.tensor(type, shape(dims))));
    return this;
  }

  /// Adds a FLOAT input of unknown rank.
  public OneNode unranked() {
    inputs.add(graph.addInput("in" + inputs.size(), ValueType.unranked(DataType.FLOAT)));
    return this;
  }

  public OneNode constant(Tensor tensor) {
    inputs.add(graph.addConstant("constant", tensor));
    return this;
  }

  public OneNode vector(long... values) {
    return constant(Tensor.vector(values));
  }

  public OneNode absent() {
    inputs.add(Value.ABSENT);
    return this;
  }

  public OneNode with(String attribute, long value) {
    builder.attribute(attribute, value);
    return this;
  }

  public OneNode with(String attribute, String value) {
    builder.attribute(attribute, value);
    return this;
  }

  public OneNode with(String attribute, AttributeValue value) {
    builder.attribute(attribute, value);
    return this;
  }

  public OneNode ints(String attribute, long... values) {
    builder.ints(attribute, values);
    return this;
  }

  public OneNode outputs(int count) {
    outputs = count;
    return this;
  }

  Node build() {
    builder.inputs(inputs);
    for (int i = 0; i < outputs; i++) {
      builder.output("out" + i);
    }
    Node node = graph.append(builder);
    node.outputs().forEach(graph::addOutput);
    return node;
  }

  /// Infers, and gives the types of the outputs: `FLOAT [N, 3]`, or `none`.
  public List<String> infer() {
    Node node = build();
    ShapeInference.infer(new Model(graph, 8));
    return node.outputs().stream().map(o -> o.type().map(Object::toString).orElse("none")).toList();
  }

  static Shape shape(Object... dims) {
    List<Dim> parsed = new ArrayList<>();
    for (Object dim : dims) {
      parsed.add(
          switch (dim) {
            case Integer size -> Dim.of(size);
            case String name when name.equals("?") -> Dim.UNKNOWN;
            case String name -> Dim.of(name);
            default -> throw new IllegalArgumentException(dim.toString());
          });
    }
    return new Shape(parsed);
  }
}
