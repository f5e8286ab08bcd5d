// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.FixedLayers;
import dev.quench.compress.binary.TrainingOps;
import dev.quench.compress.train.quantize.QuantizationNodes;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds the parameters of a graph: weights and biases of Conv, ConvTranspose, Gemm and MatMul,
/// scale and shift of normalizations, the statistics of BatchNormalization, the slope of PRelu, the
/// constant that an Add adds to a layer's output, and embeddings of positions.
final class ParameterSearch {
  private static final Set<String> LAYERS = Set.of("Conv", "ConvTranspose", "Gemm", "MatMul");
  private static final Set<String> PASSED_THROUGH =
      Set.of("QuantizeLinear", "DequantizeLinear", "Transpose", "Reshape", "Identity");

  private static final Set<String> EMBEDDED = Set.of("Concat", "Transpose", "Reshape", "Flatten");

  private final FrozenParameters frozen;
  private final Map<Value, Parameter> found = new LinkedHashMap<>();
  private final Set<Value> fixed = new LinkedHashSet<>();

  /// Whether normalizations keep their statistics, because the quantizers are frozen.
  private final boolean frozenStatistics;

  private ParameterSearch(FrozenParameters frozen, boolean frozenStatistics) {
    this.frozen = frozen;
    this.frozenStatistics = frozenStatistics;
  }

  /// Lists the parameters in the order of [Parameter.Role], within a role in graph order.
  ///
  /// @param graph edited: weights in `Constant` nodes become initializers
  /// @param frozen left out
  static List<Parameter> of(Graph graph, FrozenParameters frozen) {
    boolean frozenQuantizers =
        graph.nodes().stream()
            .anyMatch(node -> QuantizationNodes.is(node) && QuantizationNodes.isFrozen(node));
    ParameterSearch search = new ParameterSearch(frozen, frozenQuantizers);
    for (Node node : List.copyOf(graph.nodes())) {
      if (!node.isRemoved()) {
        search.visit(node);
      }
    }
    search.found.keySet().removeAll(search.fixed);
    List<Parameter> parameters = new ArrayList<>(search.found.values());
    parameters.sort(Comparator.comparing(Parameter::role));
    return parameters;
  }

  private void visit(Node node) {
    if (FixedLayers.contains(node)) {
      return;
    }
    if (TrainingOps.isShiftNormalization(node)) {
      normalization(node);
    }
    if (QuantizationNodes.is(node)) {
      visitQuantizer(node);
      return;
    }
    if (QuantizationNodes.feedsStatisticsAlone(node)) {
      return; // its parameters are those of the folded layer
    }
    if (!node.domain().isEmpty()) {
      return;
    }
    switch (node.opType()) {
      case "Conv", "ConvTranspose", "Gemm" -> {
        weight(node, 1);
        weight(node, 2);
      }
      case "MatMul" -> {
        weight(node, 0);
        weight(node, 1);
      }
      case "PRelu" -> direct(node, 1, Parameter.Role.SHIFT);
      case "LayerNormalization", "InstanceNormalization", "GroupNormalization" -> {
        direct(node, 1, Parameter.Role.SHIFT);
        direct(node, 2, Parameter.Role.SHIFT);
      }
      case "Mul" -> {
        if (node.input(0).producer().filter(ParameterSearch::isNormalized).isPresent()) {
          direct(node, 1, Parameter.Role.SHIFT);
        } else if (node.input(1).producer().filter(ParameterSearch::isNormalized).isPresent()) {
          direct(node, 0, Parameter.Role.SHIFT);
        }
      }
      case "BatchNormalization" -> normalization(node);
      case "Add" -> {
        if (isShifted(node.input(0), node.input(1))) {
          direct(node, 1, Parameter.Role.SHIFT);
        } else if (isShifted(node.input(1), node.input(0))) {
          direct(node, 0, Parameter.Role.SHIFT);
        }
      }
      default -> {
        // no parameters
      }
    }
  }

  private void normalization(Node node) {
    direct(node, 1, Parameter.Role.SCALE);
    direct(node, 2, Parameter.Role.SHIFT);
    if (!frozenStatistics) {
      direct(node, 3, Parameter.Role.STATISTIC);
      direct(node, 4, Parameter.Role.STATISTIC);
    }
  }

  private void visitQuantizer(Node node) {
    switch (node.opType()) {
      case QuantizationNodes.FAKE_QUANTIZE -> {
        for (int i = 1; i < node.inputs().size(); i++) {
          state(node, i);
        }
      }
      case QuantizationNodes.LEARNED_STEP -> {
        direct(node, 1, unlessFrozen(node, Parameter.Role.SHIFT));
        if (node.input(2).isPresent()) {
          state(node, 2);
        }
      }
      case QuantizationNodes.CLIPPED -> {
        // Weight decay is the L2 penalty of its bound.
        direct(node, 1, unlessFrozen(node, Parameter.Role.WEIGHT));
        state(node, 2);
      }
      case QuantizationNodes.FOLD -> {
        Node layer = QuantizationNodes.foldedLayer(node);
        add(layer, asInitializer(node, 1), Parameter.Role.WEIGHT);
        if (node.input(2).isPresent()) {
          add(layer, asInitializer(node, 2), Parameter.Role.SHIFT);
        }
        add(layer, asInitializer(node, 3), Parameter.Role.SCALE);
        add(layer, asInitializer(node, 4), Parameter.Role.SHIFT);
        add(layer, asInitializer(node, 5), Parameter.Role.STATISTIC);
        add(layer, asInitializer(node, 6), Parameter.Role.STATISTIC);
      }
      default -> {
        // no parameters but the weights, which their layer finds
      }
    }
  }

  /// What a quantizer observes, which is no statistic of the network: only its own attribute
  /// freezes it.
  private void state(Node node, int index) {
    Value value = asInitializer(node, index);
    found.putIfAbsent(value, new Parameter(value, Parameter.Role.STATISTIC, node));
  }

  private static Parameter.Role unlessFrozen(Node quantizer, Parameter.Role role) {
    return QuantizationNodes.isFrozen(quantizer) ? Parameter.Role.STATISTIC : role;
  }

  /// Whether `shift` is a bias of a layer or normalization, or an embedding of positions.
  private boolean isShifted(Value data, Value shift) {
    return isLayer(data)
        || data.producer()
            .filter(scaled ->
                scaled.is("Mul")
                    && scaled.inputs().stream()
                        .anyMatch(each ->
                            each.producer().filter(ParameterSearch::isNormalized).isPresent()))
            .isPresent()
        || (data.producer().filter(node -> EMBEDDED.contains(node.opType())).isPresent()
            && shift.shape().filter(shape -> shape.rank() >= 2).isPresent());
  }

  /// Whether the node divides by a deviation, as a layer normalization in single operators does.
  private static boolean isNormalized(Node node) {
    return node.is("Div")
        && node.input(1).producer().filter(deviation -> deviation.is("Sqrt")).isPresent();
  }

  private boolean isLayer(Value value) {
    return value
        .producer()
        .filter(node ->
            (node.domain().isEmpty() && LAYERS.contains(node.opType()) && hasParameters(node))
                || (node.is("Mul")
                    && node.input(1).producer().filter(TrainingOps::isBinarize).isPresent()))
        .isPresent();
  }

  /// Not so the product of two activations, as in attention.
  private boolean hasParameters(Node node) {
    return found.values().stream().anyMatch(parameter -> parameter.layer() == node);
  }

  /// Traces a layer's input back to its initializer, if it has one.
  private void weight(Node layer, int index) {
    Node reader = layer;
    int at = index;
    boolean latent = false;
    Optional<Node> producer = reader.input(at).producer();
    while (producer.isPresent() && isPassedThrough(producer.get())) {
      reader = producer.get();
      latent |= TrainingOps.isBinarize(reader);
      at = 0;
      producer = reader.input(0).producer();
    }
    boolean vector = reader.input(at).shape().filter(shape -> shape.rank() >= 2).isEmpty();
    add(
        layer,
        asInitializer(reader, at),
        latent ? Parameter.Role.LATENT : vector ? Parameter.Role.SHIFT : Parameter.Role.WEIGHT);
  }

  private static boolean isPassedThrough(Node node) {
    return TrainingOps.isBinarize(node)
        || QuantizationNodes.isOfWeights(node)
        || (node.is("Gather") && node.input(1).constant().isPresent())
        || (node.domain().isEmpty() && PASSED_THROUGH.contains(node.opType()));
  }

  private void direct(Node node, int index, Parameter.Role role) {
    add(node, asInitializer(node, index), role);
  }

  private void add(Node layer, Value value, Parameter.Role role) {
    if (value.constant().filter(tensor -> tensor.dataType() == DataType.FLOAT).isPresent()) {
      found.putIfAbsent(value, new Parameter(value, role, layer));
      if (frozen.contains(layer, role)) {
        fixed.add(value);
      }
    }
  }

  private static Value asInitializer(Node node, int index) {
    Value value = node.input(index);
    if (value.isInitializer() || value.constant().isEmpty()) {
      return value;
    }
    Graph graph = node.graph();
    Value initializer = graph.addConstant(value.name() + "_weights", value.constant().get());
    graph.replaceUses(value, initializer);
    return initializer;
  }
}
