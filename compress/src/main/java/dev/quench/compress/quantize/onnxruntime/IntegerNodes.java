// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import dev.quench.compress.quantize.LayerRules;
import dev.quench.compress.quantize.LayerRules.Verdict;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QuantizableLayer;
import dev.quench.compress.quantize.QuantizationReport.LeftFloat;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// Which nodes of a graph run on integer kernels of ONNX Runtime.
///
/// 1. `Conv`, `Gemm` and `MatMul` with constant weights.
/// 2. `Add`, `Mul`, `Concat`, `AveragePool`, `GlobalAveragePool`, `Sigmoid` and HardSwish whose
///    inputs come from such nodes and whose output such a node reads. An operand may also be one
///    number, or vary along the channels alone. Any node may read the output of a
///    `GlobalAveragePool`: to convert its few numbers costs less than to convert its input.
/// 3. Operators that only move elements, under the same condition.
///
/// A `Relu` or `Clip` that alone reads the output of a layer or a sum vanishes into the quantizer
/// behind it. A join with a float neighbour would cost a conversion more than it gains, so it stays
/// float.
final class IntegerNodes {
  private static final Set<String> JOINS =
      Set.of("Add", "Mul", "Concat", "AveragePool", "GlobalAveragePool", "Sigmoid");
  private static final Set<String> MOVES =
      Set.of(
          "Flatten", "MaxPool", "Reshape", "Resize", "Slice", "Squeeze", "Transpose", "Unsqueeze");

  /// Of a convolution: with fewer its integer kernel multiplies rows too short to be fast.
  private static final long FEWEST_CHANNELS = 4;

  private final Map<Node, QuantizableLayer> layers = new HashMap<>();
  private final Set<Node> joins = new HashSet<>();
  private final List<LeftFloat> leftFloat = new ArrayList<>();
  private final Map<Node, HardSwish> hardSwishes;

  private IntegerNodes(Map<Node, HardSwish> hardSwishes) {
    this.hardSwishes = hardSwishes;
  }

  /// @param graph with types and shapes
  /// @param unusable nodes that must stay float, with the reason
  static IntegerNodes of(Graph graph, OnnxRuntimeOptions options, Map<Node, String> unusable) {
    IntegerNodes found = new IntegerNodes(HardSwish.all(graph));
    LayerRules rules =
        new LayerRules(
            QdqOptions.DEFAULT
                .withSmallLayers(true)
                .withDepthwise(options.depthwise())
                .withExcludedNodes(options.excludedNodes()));
    for (Node node : graph.nodes()) {
      if (unusable.containsKey(node)) {
        found.leftFloat.add(new LeftFloat(node.describe(), unusable.get(node)));
        continue;
      }
      switch (rules.judge(node)) {
        case Verdict.Quantize(QuantizableLayer layer) ->
            objection(layer, options)
                .ifPresentOrElse(
                    reason -> found.leftFloat.add(new LeftFloat(node.describe(), reason)),
                    () -> found.layers.put(node, layer));
        case Verdict.Leave(String reason) ->
            found.leftFloat.add(new LeftFloat(node.describe(), reason));
        case Verdict.NotALayer() -> {
          if (found.isCandidate(node, options) && !options.excludes(node)) {
            found.joins.add(node);
          }
        }
      }
    }
    found.dropJoinsWithFloatNeighbours(graph);
    return found;
  }

  private static Optional<String> objection(QuantizableLayer layer, OnnxRuntimeOptions options) {
    Node node = layer.node();
    if (!options.images() && readsAnImage(layer)) {
      return Optional.of(
          "it reads an image of %d channels, where the integer kernel is slow"
              .formatted(layer.weights().shape().size(1)));
    }
    if (node.is("ConvTranspose")) {
      return Optional.of("ONNX Runtime has no integer kernel for it");
    }
    if (layer.weights().dataType() != DataType.FLOAT) {
      return Optional.of("its weights are " + layer.weights().dataType() + ", expected FLOAT");
    }
    if (node.is("Gemm")
        && (node.intAttribute("transA", 0) != 0
            || node.floatAttribute("alpha", 1) != 1
            || node.floatAttribute("beta", 1) != 1)) {
      return Optional.of("transA, alpha or beta is set");
    }
    if (node.input(2).isPresent() && !hasBiasPerChannel(node, layer.weights().shape())) {
      return Optional.of("its bias is not a constant of one number a channel");
    }
    return Optional.empty();
  }

  private static boolean readsAnImage(QuantizableLayer layer) {
    return layer.node().is("Conv")
        && layer.node().intAttribute("group", 1) == 1
        && layer.weights().shape().size(1) < FEWEST_CHANNELS;
  }

  private static boolean hasBiasPerChannel(Node node, Shape weights) {
    long channels = WeightLayout.of(node, weights).orElseThrow().outputChannels();
    return node.input(2)
        .constant()
        .filter(bias ->
            bias.elements() == 1
                || (bias.elements() == channels
                    && bias.shape().rank() > 0
                    && bias.shape().size(bias.shape().rank() - 1) == channels))
        .isPresent();
  }

  private boolean isCandidate(Node node, OnnxRuntimeOptions options) {
    if (hardSwishes.containsKey(node)) {
      return options.joins() && hardSwishes.get(node).last() == node && isFloat(node.output(0));
    }
    if (!node.domain().isEmpty()
        || node.output(0).isAbsent()
        || node.outputs().stream().skip(1).anyMatch(Value::isPresent)
        || !isFloat(node.output(0))) {
      return false;
    }
    if (MOVES.contains(node.opType())) {
      return node.input(0).constant().isEmpty()
          && (!node.is("Resize") || node.textAttribute("mode", "nearest").equals("nearest"));
    }
    return options.joins()
        && JOINS.contains(node.opType())
        && node.inputs().stream().allMatch(input -> isNumber(input) || input.constant().isEmpty())
        && node.inputs().stream().anyMatch(input -> input.constant().isEmpty())
        && (node.inputs().stream().noneMatch(IntegerNodes::isNumber)
            || ((node.is("Add") || node.is("Mul")) && numbersAddNoAxes(node)));
  }

  private static boolean numbersAddNoAxes(Node node) {
    int rank =
        node.inputs().stream()
            .filter(input -> !isNumber(input))
            .mapToInt(input -> input.shape().map(Shape::rank).orElse(0))
            .max()
            .orElse(0);
    return node.inputs().stream()
        .filter(IntegerNodes::isNumber)
        .allMatch(number -> number.constant().orElseThrow().shape().rank() <= rank);
  }

  private static boolean isFloat(Value value) {
    return value.dataType().filter(DataType.FLOAT::equals).isPresent();
  }

  /// Whether a value is a constant of one element other than 0, which 8 bits hold exactly.
  static boolean isNumber(Value value) {
    return value
        .constant()
        .filter(tensor -> tensor.dataType() == DataType.FLOAT && tensor.elements() == 1)
        .filter(tensor -> tensor.doubleAt(0) != 0 && Double.isFinite(tensor.doubleAt(0)))
        .isPresent();
  }

  /// Whether a tensor varies along batch and channels alone: quantizing it costs nothing.
  private static boolean isPerChannel(Value value) {
    Shape shape = value.shape().orElse(null);
    if (shape == null || shape.rank() < 3) {
      return false;
    }
    return shape.dims().stream().skip(2).allMatch(Dim.of(1)::equals);
  }

  private void dropJoinsWithFloatNeighbours(Graph graph) {
    boolean changed = true;
    while (changed) {
      changed = false;
      for (Node node : graph.nodes()) {
        if (joins.contains(node) && !hasIntegerNeighbours(node)) {
          joins.remove(node);
          changed = true;
        }
      }
    }
  }

  private boolean hasIntegerNeighbours(Node node) {
    List<Value> inputs = dataInputs(node);
    return inputs.stream().anyMatch(input -> producer(input).isPresent())
        && inputs.stream().allMatch(input -> producer(input).isPresent() || isPerChannel(input))
        && (node.is("GlobalAveragePool")
            || result(node).uses().stream().anyMatch(this::isIntegerRead));
  }

  /// The layers, in no order.
  Map<Node, QuantizableLayer> layers() {
    return layers;
  }

  List<LeftFloat> leftFloat() {
    return leftFloat;
  }

  boolean contains(Node node) {
    return layers.containsKey(node) || joins.contains(node);
  }

  /// Whether a node only moves elements, so that its output has the scale of its input.
  static boolean moves(Node node) {
    return node.domain().isEmpty() && MOVES.contains(node.opType());
  }

  /// The integer node that a node is part of: the last one of a HardSwish, else itself.
  Node owner(Node node) {
    HardSwish hardSwish = hardSwishes.get(node);
    return hardSwish == null ? node : hardSwish.last();
  }

  /// Whether a read takes a quantized activation.
  boolean isIntegerRead(Use use) {
    HardSwish hardSwish = hardSwishes.get(use.node());
    if (hardSwish != null && contains(hardSwish.last())) {
      return use.node().input(use.inputIndex()) == hardSwish.input();
    }
    return contains(use.node())
        && dataInputs(use.node()).contains(use.node().input(use.inputIndex()))
        && (readsAll(use.node()) || use.inputIndex() == 0);
  }

  /// The activations that an integer node reads.
  List<Value> dataInputs(Node node) {
    HardSwish hardSwish = hardSwishes.get(node);
    if (hardSwish != null && hardSwish.last() == node) {
      return List.of(hardSwish.input());
    }
    return readsAll(node)
        ? node.inputs().stream().filter(input -> !isNumber(input)).toList()
        : List.of(node.input(0));
  }

  /// Whether nothing but a HardSwish reads a value, in integers or not: what lies below −3 is the
  /// same to it.
  boolean onlyHardSwishReads(Value value) {
    return !value.isGraphOutput()
        && !value.isUnused()
        && value.uses().stream()
            .map(use -> hardSwishes.get(use.node()))
            .allMatch(function -> function != null && function.input() == value);
  }

  private static boolean readsAll(Node node) {
    return node.is("Add") || node.is("Mul") || node.is("Concat");
  }

  /// The HardSwish functions that run in integers, in graph order.
  List<HardSwish> hardSwishes(Graph graph) {
    return graph.nodes().stream()
        .filter(joins::contains)
        .map(hardSwishes::get)
        .filter(Objects::nonNull)
        .toList();
  }

  /// Sums and products in integers that have a number as operand, in graph order.
  List<Node> joinsWithNumbers(Graph graph) {
    return graph.nodes().stream()
        .filter(joins::contains)
        .filter(node -> !hardSwishes.containsKey(node))
        .filter(node -> readsAll(node) && node.inputs().stream().anyMatch(IntegerNodes::isNumber))
        .toList();
  }

  /// What an integer node computes with the activation that vanishes into its quantizer.
  Value result(Node node) {
    Value output = node.output(0);
    if (moves(node) || node.is("Sigmoid") || !output.hasSingleUse()) {
      return output;
    }
    Node reader = output.uses().getFirst().node();
    boolean vanishes =
        (reader.is("Relu") || isClipFromZero(reader)) && reader.graph() == node.graph();
    return vanishes ? reader.output(0) : output;
  }

  /// Only with a lower bound of 0 the range of the clipped tensor tells the clip.
  private static boolean isClipFromZero(Node node) {
    return node.is("Clip")
        && node.input(1)
            .constant()
            .filter(low -> low.elements() == 1 && low.doubleAt(0) == 0)
            .isPresent();
  }

  /// The integer node whose result a value is.
  Optional<Node> producer(Value value) {
    Optional<Node> direct = value.producer();
    if (direct.isEmpty()) {
      return direct;
    }
    if (contains(direct.get())) {
      return result(direct.get()) == value ? direct : Optional.empty();
    }
    Value before = direct.get().input(0);
    return before.isPresent()
        ? before.producer().filter(node -> contains(node) && result(node) == value)
        : Optional.empty();
  }
}
