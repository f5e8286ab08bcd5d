// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.run.QuantizationRanges;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/// A way to quantize a model that can leave any of its layers float.
public interface QuantizationScheme {
  /// The tensors that can be quantized alone, in graph order, each with the names of the nodes that
  /// read it quantized.
  ///
  /// @param model its nodes have names that differ; gets types filled in
  Map<String, List<String>> activations(Model model);

  /// Quantizes in place.
  ///
  /// @param leftFloat patterns of nodes that stay float
  void quantize(Model model, QuantizationRanges ranges, Collection<String> leftFloat);

  /// Quantizes one tensor of [#activations] and the weights of its readers alone, in place.
  void quantizeAlone(Model model, QuantizationRanges ranges, String tensor);

  /// TensorRT's form, see [InsertQdq].
  record Qdq(QdqOptions options) implements QuantizationScheme {
    @Override
    public Map<String, List<String>> activations(Model model) {
      Map<String, List<String>> found = new LinkedHashMap<>();
      QdqPlacement.of(model, options)
          .activations()
          .forEach((value, uses) ->
              found.put(
                  value.name(), uses.stream().map(Use::node).map(Node::name).distinct().toList()));
      return found;
    }

    @Override
    public void quantize(Model model, QuantizationRanges ranges, Collection<String> leftFloat) {
      new InsertQdq(ranges, options.withExcludedNodes(options.excludedNodes().and(leftFloat)))
          .apply(model);
    }

    @Override
    public void quantizeAlone(Model model, QuantizationRanges ranges, String tensor) {
      new InsertQdq(
              name -> name.equals(tensor) ? ranges.threshold(name) : OptionalDouble.empty(),
              options.withStrict(false))
          .apply(model);
    }
  }
}
