// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The sources of tapped tensors: an engine computes only its outputs, so inner tensors become
/// outputs of a copy of the model.
///
/// @param engineOutputs taps that the engine delivers
/// @param inputs taps that are inputs of the model
/// @param constants taps that are constants of the model
public record Taps(Set<String> engineOutputs, Set<String> inputs, Map<String, Tensor> constants) {
  static final Taps NONE = new Taps(Set.of(), Set.of(), Map.of());

  /// @throws IllegalArgumentException if the main graph lacks a tensor
  public static Taps of(Model model, Set<String> names) {
    Set<String> engineOutputs = new LinkedHashSet<>();
    Set<String> inputs = new LinkedHashSet<>();
    Map<String, Tensor> constants = new LinkedHashMap<>();
    for (String name : names) {
      Value value =
          model
              .graph()
              .value(name)
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "tap '" + name + "': the main graph has no tensor of that name"));
      if (value.initializer().isPresent()) {
        constants.put(name, value.initializer().get());
      } else if (value.isGraphInput()) {
        inputs.add(name);
      } else {
        engineOutputs.add(name);
      }
    }
    return new Taps(engineOutputs, inputs, constants);
  }

  /// The model to build: a copy with the missing outputs, or `model` if all are outputs.
  ///
  /// @throws IllegalArgumentException if the type of a tapped tensor is unknown
  public Model withOutputs(Model model) {
    List<String> added =
        engineOutputs.stream()
            .filter(name -> !model.graph().value(name).orElseThrow().isOutputOfItsGraph())
            .toList();
    if (added.isEmpty()) {
      return model;
    }
    Model copy = model.copy();
    Graph graph = copy.graph();
    ShapeInference.infer(copy);
    for (String name : added) {
      Value value = graph.value(name).orElseThrow();
      if (value.dataType().isEmpty()) {
        throw new IllegalArgumentException(
            "tap '" + name + "': its element type is unknown, but TensorRT needs it for an output");
      }
      graph.addOutput(value);
    }
    return copy;
  }
}
