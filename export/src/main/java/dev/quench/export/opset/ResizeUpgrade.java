// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.opset;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;

/// `Upsample` (opsets 7 and 9) and `Resize` of opset 10 as the `Resize` of opset 11 and later:
/// input positions are output positions divided by the scale (`asymmetric`), for the nearest one
/// rounded down when enlarging and up when shrinking.
final class ResizeUpgrade {
  private ResizeUpgrade() {}

  static void apply(Node node) {
    Graph graph = node.graph();
    Value scales = node.input(1).isPresent() ? node.input(1) : scalesOfAttribute(node);
    boolean nearest = node.textAttribute("mode", "nearest").equals("nearest");
    String rounding = nearest ? rounding(node, scales) : "";
    String prefix = node.output(0).name();
    Node resize = node.is("Upsample") ? Replacement.of(node, "Resize") : node;
    resize.removeAttribute("scales");
    // Only another mode reads the region of interest, but opsets before 13 require it.
    resize.setInput(1, graph.addConstant(prefix + "_roi", Tensor.ofFloats(Shape.of(0))));
    resize.setInput(2, scales);
    resize.setAttribute("coordinate_transformation_mode", AttributeValue.of("asymmetric"));
    if (nearest) {
      resize.setAttribute("nearest_mode", AttributeValue.of(rounding));
    }
  }

  private static Value scalesOfAttribute(Node node) {
    if (!(node.attribute("scales").orElse(null) instanceof AttributeValue.Floats(var values))) {
      throw new UnsupportedOperatorException(
          node, "has neither an input nor an attribute 'scales'; export the model again");
    }
    float[] scales = new float[values.size()];
    for (int i = 0; i < scales.length; i++) {
      scales[i] = values.get(i);
    }
    return node.graph()
        .addConstant(
            node.output(0).name() + "_scales", Tensor.ofFloats(Shape.of(scales.length), scales));
  }

  private static String rounding(Node node, Value scales) {
    if (node.is("Upsample")) {
      return "floor";
    }
    float[] factors =
        scales
            .constant()
            .map(Tensor::toFloats)
            .orElseThrow(() ->
                new UnsupportedOperatorException(
                    node,
                    "nearest-neighbour Resize rounds by its scales, which are not constant; export the model with opset 11 or newer"));
    boolean enlarges = false;
    boolean shrinks = false;
    for (float factor : factors) {
      enlarges |= factor > 1;
      shrinks |= factor < 1;
    }
    if (enlarges && shrinks) {
      throw new UnsupportedOperatorException(
          node,
          "nearest-neighbour Resize enlarges one axis and shrinks another; export the model with opset 11 or newer");
    }
    return shrinks ? "ceil" : "floor";
  }
}
