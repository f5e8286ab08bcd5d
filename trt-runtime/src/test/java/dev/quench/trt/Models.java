// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;

/// Small models.
public final class Models {
  private Models() {}

  /// `y = Relu(x)` on `[N, features]`.
  public static Model relu(long features) {
    return unary("Relu", Shape.of(Dim.of("N"), Dim.of(features)));
  }

  /// `y = op(x)` on floats.
  public static Model unary(String op, Shape shape) {
    Graph graph = new Graph("unary", OpsetImports.onnx(17));
    var x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, shape));
    var node =
        graph.append(
            NodeBuilder.of(op)
                .unchecked()
                .inputs(x)
                .output("y", ValueType.tensor(DataType.FLOAT, shape)));
    graph.addOutput(node.output(0));
    return new Model(graph, 8);
  }

  /// `y = DequantizeLinear(QuantizeLinear(x))` with scale 0.5.
  public static Model quantized() {
    Shape shape = Shape.of(1, 4);
    Graph graph = new Graph("quantized", OpsetImports.onnx(17));
    var x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, shape));
    var scale = graph.addInitializer("scale", Tensor.scalar(0.5f));
    var zero = graph.addInitializer("zero", Tensor.ofInt8(Shape.SCALAR, (byte) 0));
    var q =
        graph.append(
            NodeBuilder.of("QuantizeLinear")
                .inputs(x, scale, zero)
                .output("q", ValueType.tensor(DataType.INT8, shape)));
    var dq =
        graph.append(
            NodeBuilder.of("DequantizeLinear")
                .inputs(q.output(0), scale, zero)
                .output("y", ValueType.tensor(DataType.FLOAT, shape)));
    graph.addOutput(dq.output(0));
    return new Model(graph, 8);
  }
}
