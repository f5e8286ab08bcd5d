// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor;

import dev.quench.compress.factor.FactoredLayer.Part;
import dev.quench.compress.factor.FactoredLayer.Window;
import dev.quench.compress.quantize.ConstantOperand;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;

/// Puts a factored layer in the place of a layer.
final class SplitInGraph {
  private SplitInGraph() {}

  /// The node becomes the last part; it keeps its bias, its name and its output.
  static void apply(Node node, FactoredLayer factored) {
    Graph graph = node.graph();
    Value weights = node.input(1);
    Value input = node.input(0);
    int last = factored.parts().size() - 1;
    for (int i = 0; i < last; i++) {
      Part part = factored.parts().get(i);
      String name = node.output(0).name() + "_factor" + (i + 1);
      NodeBuilder builder =
          NodeBuilder.of(part.window() == null ? "MatMul" : "Conv")
              .name(graph.uniqueNodeName(name))
              .inputs(input, graph.addConstant(name + "_weights", part.weights()))
              .output(graph.uniqueName(name));
      Window window = part.window();
      if (window != null) {
        builder
            .attribute("kernel_shape", window.kernel())
            .attribute("strides", window.strides())
            .attribute("pads", window.pads())
            .attribute("dilations", window.dilations());
      }
      input = graph.insertBefore(node, builder).output(0);
    }
    Part part = factored.parts().get(last);
    node.setInput(0, input);
    node.setInput(1, graph.addConstant(node.output(0).name() + "_weights", part.weights()));
    Window window = part.window();
    if (window != null) {
      node.removeAttribute("auto_pad");
      node.setAttribute("kernel_shape", window.kernel());
      node.setAttribute("strides", window.strides());
      node.setAttribute("pads", window.pads());
      node.setAttribute("dilations", window.dilations());
    }
    ConstantOperand.removeIfUnused(graph, weights);
  }
}
