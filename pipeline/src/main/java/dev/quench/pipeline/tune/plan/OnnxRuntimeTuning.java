// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

import static dev.quench.pipeline.tune.plan.Treatment.DYNAMIC;
import static dev.quench.pipeline.tune.plan.Treatment.FLOAT;
import static dev.quench.pipeline.tune.plan.Treatment.INTEGER;

import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.onnxruntime.InsertDynamicQuantization;
import dev.quench.compress.quantize.onnxruntime.InsertMixedQuantization;
import dev.quench.compress.quantize.onnxruntime.InsertOnnxRuntimeQdq;
import dev.quench.compress.quantize.onnxruntime.OnnxRuntimeOptions;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.pipeline.tune.plan.QuantizableNode.Kind;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Precision;
import dev.quench.run.QuantizationRanges;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// ONNX Runtime's CPU provider: whole islands in integers, with convolutions of images, depthwise
/// ones or joins float, products by ranges found in each inference.
///
/// A convolution that is left float between a `DequantizeLinear` and a `QuantizeLinear` runs in
/// integers all the same, with one scale for its weights. What is measured contains that.
public record OnnxRuntimeTuning() implements TuningTarget {
  @Override
  public String name() {
    return "onnxruntime";
  }

  @Override
  public Precision precision() {
    return Precision.FP32;
  }

  @Override
  public Backend backend(Optional<Path> state) {
    return Backends.named(name());
  }

  @Override
  public List<QuantizableNode> quantizable(Model prepared) {
    Set<Node> integer =
        new HashSet<>(InsertOnnxRuntimeQdq.nodes(prepared, OnnxRuntimeOptions.WIDEST));
    return prepared.graph().nodes().stream()
        .filter(node -> integer.contains(node) || InsertDynamicQuantization.isLargeTable(node))
        .map(NodeWork::describe)
        .toList();
  }

  @Override
  public Map<String, Scheme> schemes(List<QuantizableNode> nodes) {
    Map<String, Scheme> schemes = new LinkedHashMap<>();
    schemes.put("static", Scheme.of(nodes, _ -> INTEGER));
    schemes.put("static, depthwise float", without(nodes, Set.of(Kind.DEPTHWISE)));
    schemes.put("static, images float", without(nodes, Set.of(Kind.IMAGE)));
    schemes.put(
        "static, images and depthwise float", without(nodes, Set.of(Kind.IMAGE, Kind.DEPTHWISE)));
    schemes.put("static, joins float", without(nodes, Set.of(Kind.JOIN)));
    schemes.put(
        "static, joins and depthwise float", without(nodes, Set.of(Kind.JOIN, Kind.DEPTHWISE)));
    schemes.put(
        "dynamic products",
        Scheme.of(nodes, node -> node.kind() == Kind.PRODUCT ? DYNAMIC : INTEGER));
    schemes.put("float", Scheme.of(nodes, _ -> FLOAT));
    return schemes;
  }

  private static Scheme without(List<QuantizableNode> nodes, Set<Kind> kinds) {
    return Scheme.of(nodes, node -> kinds.contains(node.kind()) ? FLOAT : INTEGER);
  }

  @Override
  public Set<Treatment> treatments(QuantizableNode node) {
    return node.kind() == Kind.PRODUCT ? Set.of(INTEGER, FLOAT, DYNAMIC) : Set.of(INTEGER, FLOAT);
  }

  /// @throws IllegalArgumentException if the other branch of a sum is wanted: both are quantized
  @Override
  public QuantizationReport insert(QuantizationRanges ranges, NodeChoices choices, Model model) {
    if (!choices.otherBranch().isEmpty()) {
      throw new IllegalArgumentException(
          "ONNX Runtime adds integers only where both branches are quantized, not one as wanted for "
              + choices.otherBranch());
    }
    NodeSelection floats = NodeSelection.of(NodeChoices.patterns(choices.floats()));
    Set<String> dynamic = new HashSet<>(choices.dynamic());
    for (Node node : model.graph().nodes()) {
      if (InsertDynamicQuantization.isLargeTable(node) && !choices.floats().contains(node.name())) {
        dynamic.add(node.name());
      }
    }
    return new InsertMixedQuantization(
            ranges,
            OnnxRuntimeOptions.WIDEST.withExcludedNodes(floats),
            NodeChoices.patterns(dynamic))
        .apply(model);
  }
}
