// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

import static dev.quench.pipeline.tune.plan.Treatment.FLOAT;
import static dev.quench.pipeline.tune.plan.Treatment.INTEGER;
import static dev.quench.pipeline.tune.plan.Treatment.OTHER_BRANCH;

import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.LayerRules;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.pipeline.tune.plan.QuantizableNode.Kind;
import dev.quench.run.Backend;
import dev.quench.run.Precision;
import dev.quench.run.QuantizationRanges;
import dev.quench.trt.backend.TensorRtBackend;
import dev.quench.trt.build.TimingCache;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// TensorRT: which layers, products among them, and which skips of residual sums and inputs of
/// average poolings are quantized. Of a sum it is the skip or neither branch. Needs a GPU to
/// measure on.
public record TensorRtTuning() implements TuningTarget {
  private static final QdqOptions WIDEST =
      // Ranges are found for the usual layers; others may lack them, and stay float then.
      QdqOptions.DEFAULT.withDepthwise(true).withSmallLayers(true).withStrict(false);

  @Override
  public String name() {
    return "tensorrt";
  }

  @Override
  public Precision precision() {
    return Precision.INT8;
  }

  /// Times of kernels are kept in the folder `STATE.timings`.
  @Override
  public Backend backend(Optional<Path> state) throws IOException {
    if (state.isEmpty()) {
      return new TensorRtBackend();
    }
    String folder = state.get().getFileName() + ".timings";
    TimingCache timings = TimingCache.open(state.get().resolveSibling(folder));
    return new TensorRtBackend(builder -> builder.timings(timings));
  }

  @Override
  public List<QuantizableNode> quantizable(Model prepared) {
    LayerRules usual = new LayerRules(QdqOptions.DEFAULT.withDepthwise(true));
    return QdqPlacement.nodes(prepared, WIDEST).stream()
        .map(node -> described(node, usual))
        .toList();
  }

  private static QuantizableNode described(Node node, LayerRules usual) {
    QuantizableNode described = NodeWork.describe(node);
    if (node.is("Add")) {
      return new QuantizableNode(described.name(), Kind.SUM, described.work());
    }
    return described.kind().isLayer() && usual.judge(node) instanceof LayerRules.Verdict.Leave
        ? new QuantizableNode(described.name(), Kind.SMALL, described.work())
        : described;
  }

  @Override
  public Map<String, Scheme> schemes(List<QuantizableNode> nodes) {
    Map<String, Scheme> schemes = new LinkedHashMap<>();
    schemes.put("all in INT8", without(nodes, Set.of()));
    schemes.put(
        "depthwise and small layers float", without(nodes, Set.of(Kind.DEPTHWISE, Kind.SMALL)));
    schemes.put(
        "sums, poolings, depthwise and small layers float",
        without(nodes, Set.of(Kind.SUM, Kind.JOIN, Kind.DEPTHWISE, Kind.SMALL)));
    schemes.put(
        "products, depthwise and small layers float",
        without(nodes, Set.of(Kind.PRODUCT, Kind.DEPTHWISE, Kind.SMALL)));
    schemes.put(
        "other branches of sums, depthwise and small layers float",
        Scheme.of(
            nodes,
            node ->
                switch (node.kind()) {
                  case SUM -> OTHER_BRANCH;
                  case DEPTHWISE, SMALL -> FLOAT;
                  case CONVOLUTION, IMAGE, PRODUCT, JOIN, TABLE -> INTEGER;
                }));
    schemes.put("float", Scheme.of(nodes, _ -> FLOAT));
    return schemes;
  }

  private static Scheme without(List<QuantizableNode> nodes, Set<Kind> kinds) {
    return Scheme.of(nodes, node -> kinds.contains(node.kind()) ? FLOAT : INTEGER);
  }

  @Override
  public Set<Treatment> treatments(QuantizableNode node) {
    return node.kind() == Kind.SUM ? Set.of(INTEGER, FLOAT, OTHER_BRANCH) : Set.of(INTEGER, FLOAT);
  }

  /// @throws IllegalArgumentException if a node is to find its ranges in each inference
  @Override
  public QuantizationReport insert(QuantizationRanges ranges, NodeChoices choices, Model model) {
    if (!choices.dynamic().isEmpty()) {
      throw new IllegalArgumentException(
          "TensorRT finds no ranges in an inference, as wanted for " + choices.dynamic());
    }
    NodeSelection floats = NodeSelection.of(NodeChoices.patterns(choices.floats()));
    NodeSelection swapped = NodeSelection.of(NodeChoices.patterns(choices.otherBranch()));
    return new InsertQdq(ranges, WIDEST.withExcludedNodes(floats).withSwappedResiduals(swapped))
        .apply(model);
  }
}
