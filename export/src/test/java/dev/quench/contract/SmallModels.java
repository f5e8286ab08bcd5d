// SPDX-License-Identifier: Apache-2.0
package dev.quench.contract;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;

/// Networks so small that their outputs are known by hand.
public final class SmallModels {
  private SmallModels() {}

  /// `y = relu(x W + b)` with `x [rows, 2]`, `W = [[1, 2, 3], [4, 5, 6]]`, `b = [-10, 0, 10]`; the
  /// inner values are named `product` and `sum`.
  public static Model dense(Dim rows) {
    Graph graph = graph();
    Value x = input(graph, "x", DataType.FLOAT, Shape.of(rows, Dim.of(2)));
    Value weight = graph.addInitializer("w", Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6));
    Value bias = graph.addInitializer("b", Tensor.ofFloats(Shape.of(3), -10, 0, 10));
    Shape shape = Shape.of(rows, Dim.of(3));
    Value product = add(graph, "MatMul", "product", shape, x, weight);
    Value sum = add(graph, "Add", "sum", shape, product, bias);
    graph.addOutput(add(graph, "Relu", "y", shape, sum));
    return model(graph);
  }

  /// `y`: a 2x2 convolution of ones over `x [1, 1, 3, 3]` without padding, so that each output is
  /// the sum of four inputs.
  public static Model convolution() {
    Graph graph = graph();
    Value x = input(graph, "x", DataType.FLOAT, Shape.of(1, 1, 3, 3));
    Value weight = graph.addInitializer("w", Tensor.ofFloats(Shape.of(1, 1, 2, 2), 1, 1, 1, 1));
    graph.addOutput(add(graph, "Conv", "y", Shape.of(1, 1, 2, 2), x, weight));
    return model(graph);
  }

  /// Inputs `a` and `b`, both `[2]`; outputs, in this order, `sum`, `difference`, `product`.
  public static Model twoInputs() {
    Graph graph = graph();
    Value a = input(graph, "a", DataType.FLOAT, Shape.of(2));
    Value b = input(graph, "b", DataType.FLOAT, Shape.of(2));
    Value product = add(graph, "Mul", "product", Shape.of(2), a, b);
    Value difference = add(graph, "Sub", "difference", Shape.of(2), a, b);
    Value sum = add(graph, "Add", "sum", Shape.of(2), a, b);
    graph.addOutput(sum);
    graph.addOutput(difference);
    graph.addOutput(product);
    return model(graph);
  }

  /// `y = dequantize(quantize(x))` over `x [4]` with scale 0.5, zero point 0, INT8, and a Relu
  /// after it.
  public static Model quantized() {
    Graph graph = graph();
    Value x = input(graph, "x", DataType.FLOAT, Shape.of(4));
    Value scale = graph.addInitializer("scale", Tensor.scalar(0.5f));
    Value zero = graph.addInitializer("zero", Tensor.ofInt8(Shape.SCALAR, (byte) 0));
    Value quantized =
        graph
            .append(
                NodeBuilder.of("QuantizeLinear")
                    .inputs(x, scale, zero)
                    .output("q", ValueType.tensor(DataType.INT8, Shape.of(4))))
            .output(0);
    Value restored = add(graph, "DequantizeLinear", "dq", Shape.of(4), quantized, scale, zero);
    graph.addOutput(add(graph, "Relu", "y", Shape.of(4), restored));
    return model(graph);
  }

  /// A model no backend can know: an operator of an unknown domain.
  public static Model unknownOperator() {
    Graph graph = graph();
    graph.setOpsets(graph.opsets().with("com.example.unknown", 1));
    Value x = input(graph, "x", DataType.FLOAT, Shape.of(2));
    Value y =
        graph
            .append(
                NodeBuilder.of("Mystery")
                    .domain("com.example.unknown")
                    .inputs(x)
                    .output("y", ValueType.tensor(DataType.FLOAT, Shape.of(2))))
            .output(0);
    graph.addOutput(y);
    return model(graph);
  }

  private static Graph graph() {
    return new Graph("small", OpsetImports.onnx(17));
  }

  private static Model model(Graph graph) {
    return new Model(graph, 8);
  }

  private static Value input(Graph graph, String name, DataType type, Shape shape) {
    return graph.addInput(name, ValueType.tensor(type, shape));
  }

  private static Value add(Graph graph, String opType, String name, Shape shape, Value... inputs) {
    return graph
        .append(
            NodeBuilder.of(opType)
                .name(opType + "_" + name)
                .inputs(inputs)
                .output(name, ValueType.tensor(DataType.FLOAT, shape)))
        .output(0);
  }
}
