// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// One layer as a model, to measure it alone.
final class LayerModel {
  private LayerModel() {}

  /// @param shape of the layer's input
  static Model of(Node layer, Shape shape, long irVersion) {
    Graph graph = new Graph("layer", layer.graph().opsets());
    DataType type = layer.input(1).dataType().orElse(DataType.FLOAT);
    List<Value> inputs = new ArrayList<>();
    inputs.add(graph.addInput("x", ValueType.tensor(type, shape)));
    for (int i = 1; i < layer.inputs().size(); i++) {
      Value operand = layer.input(i);
      inputs.add(
          operand.isAbsent()
              ? Value.ABSENT
              : graph.addConstant(
                  "operand",
                  operand
                      .constant()
                      .orElseThrow(() -> new UnfactorableException("its bias is not constant"))));
    }
    NodeBuilder builder =
        NodeBuilder.of(layer.opType()).name("layer").inputs(inputs).output("y").unchecked();
    layer.attributes().forEach(builder::attribute);
    graph.addOutput(graph.append(builder).output(0));
    return new Model(graph, irVersion);
  }
}
