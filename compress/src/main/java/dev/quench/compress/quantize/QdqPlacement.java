// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.compress.quantize.LayerRules.Verdict;
import dev.quench.compress.quantize.QuantizationReport.LeftFloat;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Decides which tensors of a model are quantized, by what TensorRT fuses best.
///
/// 1. Both inputs of `Conv`, `ConvTranspose`, `Gemm` and `MatMul` with constant weights; never
///    their outputs: the next layer's input quantizer takes that place, and bias, normalization and
///    activation stay in the epilogue.
/// 2. Of a residual `Add`, the skip input only, or the other one only where that is asked for.
/// 3. The input of an average pooling between two quantized layers.
/// 4. No convolution that a layer normalization alone reads.
/// 5. Nothing else: operators that move elements need no separate quantizer, and softmax, layer
///    normalization, products of two activations and other elementwise operators stay float.
///
/// A tensor has at most one quantizer; its readers that stay float read it as it was, and so does
/// the caller of the model where it is a graph output. Nested graphs and functions stay float.
public final class QdqPlacement {
  private final List<QuantizableLayer> layers;
  private final Map<Value, List<Use>> activations;
  private final List<LeftFloat> leftFloat;
  private final List<String> notes;

  private QdqPlacement(
      List<QuantizableLayer> layers,
      Map<Value, List<Use>> activations,
      List<LeftFloat> leftFloat,
      List<String> notes) {
    this.layers = layers;
    this.activations = activations;
    this.leftFloat = leftFloat;
    this.notes = notes;
  }

  /// Names of the activations that [InsertQdq] needs a range for under [QdqOptions#DEFAULT], in
  /// graph order.
  ///
  /// @param model gets types and shapes filled in where they were not known
  public static Set<String> tensors(Model model) {
    return tensors(model, QdqOptions.DEFAULT);
  }

  /// Names of the activations that [InsertQdq] needs a range for, in graph order; none when the
  /// model is quantized already.
  ///
  /// @param model gets types and shapes filled in where they were not known
  public static Set<String> tensors(Model model, QdqOptions options) {
    Set<String> names = new LinkedHashSet<>();
    if (!isQuantized(model.graph())) {
      of(model, options).activations.keySet().forEach(value -> names.add(value.name()));
    }
    return names;
  }

  /// The nodes that [InsertQdq] lets read a quantized tensor, in graph order; none when the model
  /// is quantized already.
  ///
  /// @param model gets types and shapes filled in where they were not known
  public static List<Node> nodes(Model model, QdqOptions options) {
    if (isQuantized(model.graph())) {
      return List.of();
    }
    Set<Node> readers = Collections.newSetFromMap(new IdentityHashMap<>());
    of(model, options)
        .activations
        .values()
        .forEach(uses -> uses.forEach(use -> readers.add(use.node())));
    return model.graph().nodes().stream().filter(readers::contains).toList();
  }

  /// Whether the main graph quantizes or dequantizes something.
  public static boolean isQuantized(Graph graph) {
    return graph.nodes().stream()
        .anyMatch(node ->
            node.domain().isEmpty()
                && (node.opType().contains("QuantizeLinear")
                    || node.opType().equals("DequantizeLinear")
                    || node.opType().startsWith("QLinear")
                    || node.opType().endsWith("Integer")));
  }

  /// Decides without editing.
  ///
  /// @param model its shapes are inferred
  public static QdqPlacement of(Model model, QdqOptions options) {
    ShapeInference.infer(model);
    Graph graph = model.graph();
    List<QuantizableLayer> layers = new ArrayList<>();
    List<LeftFloat> leftFloat = new ArrayList<>();
    Set<Node> layerNodes = Collections.newSetFromMap(new IdentityHashMap<>());
    LayerRules layerRules = new LayerRules(options);
    for (Node node : graph.nodes()) {
      switch (layerRules.judge(node)) {
        case Verdict.Quantize(QuantizableLayer layer) -> {
          if (NormalizationRule.leavesFloat(node)) {
            leftFloat.add(
                new LeftFloat(
                    node.describe(),
                    "a layer normalization alone reads it, which runs in float: INT8 would cost a reformat"));
          } else {
            layers.add(layer);
            layerNodes.add(node);
          }
        }
        case Verdict.Leave(String reason) -> leftFloat.add(new LeftFloat(node.describe(), reason));
        case Verdict.NotALayer() -> {
          // Decided by the rules below, once all layers are known.
        }
      }
    }
    Set<Node> residuals = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Use> uses = new ArrayList<>();
    List<String> skips = new ArrayList<>();
    layers.forEach(layer -> uses.add(new Use(layer.node(), 0)));
    if (options.quantizeResiduals() && !layers.isEmpty()) {
      ResidualRule residualRule = new ResidualRule(graph, layerNodes);
      for (Node node : graph.nodes()) {
        if (!ResidualRule.judges(node) || options.excludes(node)) {
          continue;
        }
        Optional<Integer> skip =
            residualRule
                .skipInput(node)
                .map(index -> options.swappedResiduals().contains(node) ? 1 - index : index);
        if (skip.isEmpty()) {
          leftFloat.add(
              new LeftFloat(
                  node.describe(), "no quantized layer writes one of its inputs for it alone"));
        } else if (hasQuantizableType(node.input(skip.get()))) {
          residuals.add(node);
          uses.add(new Use(node, skip.get()));
          skips.add("%s reads '%s'".formatted(node.describe(), node.input(skip.get()).name()));
        }
      }
    }
    if (options.quantizePooling() && !layers.isEmpty()) {
      PoolingRule poolingRule = new PoolingRule(layerNodes, residuals);
      for (Node node : graph.nodes()) {
        if (!PoolingRule.judges(node)
            || options.excludes(node)
            || !hasQuantizableType(node.input(0))) {
          continue;
        }
        Optional<String> reason = poolingRule.reasonForFloat(node);
        if (reason.isPresent()) {
          leftFloat.add(new LeftFloat(node.describe(), reason.get()));
        } else {
          uses.add(new Use(node, 0));
        }
      }
    }
    List<String> notes =
        skips.isEmpty()
            ? List.of()
            : List.of(
                "residual sums read their skip in INT8, the other input stays in the layer that computes it: "
                    + String.join(", ", skips));
    return new QdqPlacement(layers, inGraphOrder(graph, uses), leftFloat, notes);
  }

  /// The layers to run in INT8, in graph order.
  public List<QuantizableLayer> layers() {
    return layers;
  }

  /// The tensors to quantize, graph inputs first and then in order of computation, with the readers
  /// to move.
  public Map<Value, List<Use>> activations() {
    return activations;
  }

  /// The layers that stay float, with the reason.
  public List<LeftFloat> leftFloat() {
    return leftFloat;
  }

  /// Remarks on choices between tensors.
  public List<String> notes() {
    return notes;
  }

  private static boolean hasQuantizableType(Value value) {
    return value.dataType().filter(LayerRules::isQuantizable).isPresent();
  }

  private static Map<Value, List<Use>> inGraphOrder(Graph graph, List<Use> uses) {
    IdentityHashMap<Value, List<Use>> byValue = new IdentityHashMap<>();
    for (Use use : uses) {
      byValue.computeIfAbsent(use.node().input(use.inputIndex()), _ -> new ArrayList<>()).add(use);
    }
    List<Value> ordered = new ArrayList<>(graph.inputs());
    graph.nodes().forEach(node -> ordered.addAll(node.outputs()));
    Map<Value, List<Use>> activations = new LinkedHashMap<>();
    for (Value value : ordered) {
      List<Use> readers = byValue.get(value);
      if (readers != null) {
        activations.put(value, readers);
      }
    }
    return activations;
  }
}
