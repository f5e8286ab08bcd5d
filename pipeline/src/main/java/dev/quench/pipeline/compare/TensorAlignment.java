// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.compare;

import dev.quench.eval.SharedTensors;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.pipeline.PipelineException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/// Which tensors of two models are compared: names in the expected model, with those in the actual
/// one.
///
/// @param outputs of the models, all of them
/// @param inner tensors; empty where those are not compared
public record TensorAlignment(Map<String, String> outputs, Map<String, String> inner) {
  public TensorAlignment {
    outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
    inner = Collections.unmodifiableMap(new LinkedHashMap<>(inner));
  }

  /// Outputs of the same names and no inner tensors.
  ///
  /// @throws PipelineException if the outputs differ in name
  public static TensorAlignment ofOutputs(Model expected, Model actual) {
    List<String> first = outputs(expected);
    List<String> second = outputs(actual);
    if (!new LinkedHashSet<>(first).equals(new LinkedHashSet<>(second))) {
      throw new PipelineException(
          "the outputs differ in name: %s and %s; compare models with the same outputs, or align by order"
              .formatted(first, second));
    }
    Map<String, String> same = new LinkedHashMap<>();
    first.forEach(name -> same.put(name, name));
    return new TensorAlignment(same, Map.of());
  }

  /// Outputs and inner tensors of the same names.
  ///
  /// @throws PipelineException if the outputs differ in name
  public static TensorAlignment byName(Model expected, Model actual) {
    Map<String, String> inner = new LinkedHashMap<>();
    SharedTensors.of(expected, actual).forEach(name -> inner.put(name, name));
    return new TensorAlignment(ofOutputs(expected, actual).outputs(), inner);
  }

  /// Outputs by their place, and what layers compute by their order: the longest sequence of layers
  /// that both models have, a layer being the same as another of its operator whose result has its
  /// sizes. A BatchNormalization counts as part of the layer that it alone reads, so that models
  /// before and after fusion agree; QuantizeLinear, DequantizeLinear, Cast and Identity count as no
  /// layers.
  ///
  /// @throws PipelineException if the numbers of outputs differ
  public static TensorAlignment byOrder(Model expected, Model actual) {
    List<String> first = outputs(expected);
    List<String> second = outputs(actual);
    if (first.size() != second.size()) {
      throw new PipelineException(
          "one model has the outputs %s, the other %s; their order pairs the same number of them only"
              .formatted(first, second));
    }
    Map<String, String> paired = new LinkedHashMap<>();
    for (int i = 0; i < first.size(); i++) {
      paired.put(first.get(i), second.get(i));
    }
    Map<String, String> inner = LayerOrder.pairs(LayerOrder.of(expected), LayerOrder.of(actual));
    return new TensorAlignment(paired, inner);
  }

  private static List<String> outputs(Model model) {
    return model.graph().outputs().stream().map(Value::name).toList();
  }
}
