// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.QuantizationScheme;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.run.QuantizationRanges;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// ONNX Runtime's form, see [InsertOnnxRuntimeQdq]. A tensor alone runs its layers on integer
/// kernels, with the quantizers on their outputs that these bring.
public record OnnxRuntimeScheme(OnnxRuntimeOptions options) implements QuantizationScheme {
  @Override
  public Map<String, List<String>> activations(Model model) {
    Map<String, List<String>> found = new LinkedHashMap<>();
    if (QdqPlacement.isQuantized(model.graph())) {
      return found;
    }
    ShapeInference.infer(model);
    IntegerNodes nodes = IntegerNodes.of(model.graph(), options, Map.of());
    for (Node node : model.graph().nodes()) {
      if (nodes.layers().containsKey(node)) {
        found.computeIfAbsent(node.input(0).name(), _ -> new ArrayList<>()).add(node.name());
      }
    }
    return found;
  }

  @Override
  public void quantize(Model model, QuantizationRanges ranges, Collection<String> leftFloat) {
    new InsertOnnxRuntimeQdq(
            ranges, options.withExcludedNodes(options.excludedNodes().and(leftFloat)))
        .apply(model);
  }

  @Override
  public void quantizeAlone(Model model, QuantizationRanges ranges, String tensor) {
    Map<String, List<String>> activations = activations(model);
    List<String> kept = activations.getOrDefault(tensor, List.of());
    List<String> others =
        activations.values().stream()
            .flatMap(List::stream)
            .filter(layer -> !kept.contains(layer))
            .map(NodeSelection::patternOf)
            .toList();
    quantize(model, ranges, others);
  }
}
