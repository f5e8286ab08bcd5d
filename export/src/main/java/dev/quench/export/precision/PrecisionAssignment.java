// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.precision;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.tensor.Dim;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Chooses the layers of the main graph that compute in the reduced type.
///
/// Layers with a reason to stay FLOAT do; products with weights are lowered; the others minimize
/// memory traffic: a FLOAT layer moves 2 more bytes for each element that it reads or writes, a
/// `Cast` moves 6 and costs another kernel launch. The solution is a minimum cut between lowered
/// and FLOAT layers, so no layer is cast back and forth between neighbours where that does not pay.
final class PrecisionAssignment {
  private static final long CAST_BYTES_PER_ELEMENT = 6;
  private static final long SAVED_BYTES_PER_ELEMENT = 2;

  /// The cost of one more kernel launch, in bytes that could be moved in that time.
  private static final long KERNEL_BYTES = 4096;

  private static final String NOT_WORTH_IT = "casting its inputs and outputs would cost more";

  private final Graph graph;
  private final LowerPrecision options;
  private final PrecisionRules rules;
  private final IdentityHashMap<Node, PrecisionRole> roles = new IdentityHashMap<>();
  private final Map<Node, String> reasons = new LinkedHashMap<>();
  private final Set<Node> lowered = Collections.newSetFromMap(new IdentityHashMap<>());

  private final MinimumCut cut = new MinimumCut();
  private final IdentityHashMap<Node, Integer> vertices = new IdentityHashMap<>();

  private PrecisionAssignment(Graph graph, LowerPrecision options) {
    this.graph = graph;
    this.options = options;
    this.rules = new PrecisionRules(options.precision());
  }

  /// @param graph the main graph, with types
  static PrecisionAssignment of(Graph graph, LowerPrecision options) {
    PrecisionAssignment assignment = new PrecisionAssignment(graph, options);
    assignment.assign();
    return assignment;
  }

  PrecisionRole role(Node node) {
    return roles.getOrDefault(node, PrecisionRole.LEFT_ALONE);
  }

  boolean isLowered(Node node) {
    return lowered.contains(node);
  }

  int loweredCount() {
    return lowered.size();
  }

  /// FLOAT layers with the reason, in graph order.
  Map<Node, String> reasons() {
    return Collections.unmodifiableMap(reasons);
  }

  private void assign() {
    for (Node node : graph.nodes()) {
      roles.put(node, PrecisionRole.of(node, options.precision().type()));
    }
    for (Node node : graph.nodes()) {
      judge(node);
    }
    for (Node node : graph.nodes()) {
      if (role(node) == PrecisionRole.LAYER) {
        addLayer(node);
      }
    }
    graph.inputs().forEach(this::addValue);
    for (Node node : graph.nodes()) {
      node.outputs().forEach(this::addValue);
    }
    BitSet source = cut.sourceSide();
    for (Node node : graph.nodes()) {
      if (role(node) != PrecisionRole.LAYER || reasons.containsKey(node)) {
        continue;
      }
      if (source.get(vertices.getOrDefault(node, MinimumCut.SINK))) {
        lowered.add(node);
      } else {
        reasons.put(node, NOT_WORTH_IT);
      }
    }
    sortReasons();
  }

  private void sortReasons() {
    Map<Node, String> unsorted = new HashMap<>(reasons);
    reasons.clear();
    for (Node node : graph.nodes()) {
      String reason = unsorted.get(node);
      if (reason != null) {
        reasons.put(node, reason);
      }
    }
  }

  private void judge(Node node) {
    switch (role(node)) {
      case LAYER -> {
        if (options.kept().contains(node)) {
          reasons.put(node, "excluded");
        } else {
          rules
              .reasonForFloat(node, options.wanted().contains(node))
              .or(() -> valueReason(node))
              .ifPresent(reason -> reasons.put(node, reason));
        }
      }
      case LEFT_ALONE -> {
        if (!node.nestedGraphs().isEmpty()) {
          reasons.put(node, "its nested graphs, and the values they read, stay FLOAT");
        } else if (!node.domain().isEmpty()) {
          reasons.put(node, "the operator is unknown");
        } else if (node.outputs().stream().anyMatch(PrecisionRole::isFloat)) {
          reasons.put(node, "outputs integers or random numbers as FLOAT, or an unknown type");
        }
      }
      case CONSTANT, DEQUANTIZE, QUANTIZE, BRIDGE, READER -> {
        // takes the type of its neighbours
      }
    }
  }

  /// Reads or writes something that the reduced type cannot hold.
  private Optional<String> valueReason(Node node) {
    for (int i = 0; i < node.inputs().size(); i++) {
      if (PrecisionRole.isData(node, i) && PrecisionRole.isFloat(node.input(i))) {
        Optional<String> reason = valueReason(node.input(i));
        if (reason.isPresent()) {
          return reason;
        }
      }
    }
    for (Value output : node.outputs()) {
      if (PrecisionRole.isFloat(output)) {
        Optional<String> reason = valueReason(output);
        if (reason.isPresent()) {
          return reason;
        }
      }
      if (output.isPresent() && output.type().isEmpty()) {
        return Optional.of("the type of its output is unknown");
      }
    }
    return Optional.empty();
  }

  private Optional<String> valueReason(Value value) {
    double observed = options.ranges().threshold(value.name()).orElse(0);
    double largest = options.precision().largestActivation();
    if (observed > largest) {
      return Optional.of(
          "'%s' reaches %.4g, above the limit for %s of %.4g"
              .formatted(value.name(), observed, options.precision().type(), largest));
    }
    boolean unsuitableScale =
        value
            .producer()
            .filter(node -> role(node) == PrecisionRole.DEQUANTIZE && !scaleFits(node))
            .isPresent();
    if (unsuitableScale) {
      return Optional.of(
          "the scale of '%s' does not fit %s".formatted(value.name(), options.precision().type()));
    }
    if (value.isGraphOutput() && !value.isOutputOfItsGraph()) {
      return Optional.of("'" + value.name() + "' leaves a nested graph");
    }
    return Optional.empty();
  }

  /// Whether the scale of a `QuantizeLinear` or `DequantizeLinear` neither underflows nor loses
  /// precision.
  boolean scaleFits(Node node) {
    return node.input(1)
        .constant()
        .map(scale -> ScaleTensors.fits(scale, options.precision().type()))
        .orElse(false);
  }

  // ---- the network ----

  private void addLayer(Node node) {
    int vertex = cut.addVertex();
    vertices.put(node, vertex);
    if (reasons.containsKey(node)) {
      cut.addEdge(vertex, MinimumCut.SINK, MinimumCut.UNBOUNDED);
      return;
    }
    boolean product = PrecisionRules.PRODUCTS.contains(node.opType());
    long saved = 0;
    for (Value value : node.inputs()) {
      saved += PrecisionRole.isFloat(value) ? SAVED_BYTES_PER_ELEMENT * elements(value) : 0;
    }
    for (Value value : node.outputs()) {
      saved += PrecisionRole.isFloat(value) ? SAVED_BYTES_PER_ELEMENT * elements(value) : 0;
    }
    cut.addEdge(MinimumCut.SOURCE, vertex, product ? MinimumCut.UNBOUNDED : saved);
  }

  /// A value costs one `Cast` as soon as its producer is on one side and a reader on the other.
  private void addValue(Value value) {
    if (!PrecisionRole.isFloat(value)) {
      return;
    }
    int producer = producerVertex(value);
    if (producer < 0) {
      return;
    }
    long cost = KERNEL_BYTES + CAST_BYTES_PER_ELEMENT * elements(value);
    int toFloat = cut.addVertex();
    int toReduced = cut.addVertex();
    cut.addEdge(producer, toFloat, cost);
    cut.addEdge(toReduced, producer, cost);
    for (Use use : value.uses()) {
      int reader = readerVertex(use);
      if (reader >= 0) {
        cut.addEdge(toFloat, reader, MinimumCut.UNBOUNDED);
        cut.addEdge(reader, toReduced, MinimumCut.UNBOUNDED);
      }
    }
    if (value.isGraphOutput() && !options.convertsInterface()) {
      cut.addEdge(toFloat, MinimumCut.SINK, MinimumCut.UNBOUNDED);
    }
  }

  /// The vertex of the producer; -1 if any type costs nothing.
  private int producerVertex(Value value) {
    if (value.producer().isEmpty()) {
      return options.convertsInterface() && value.isGraphInput() ? -1 : MinimumCut.SINK;
    }
    Node node = value.producer().get();
    return switch (role(node)) {
      case LAYER ->
          PrecisionRole.isDataOutput(node, value.outputIndex())
              ? vertices.getOrDefault(node, MinimumCut.SINK)
              : MinimumCut.SINK;
      case CONSTANT, DEQUANTIZE -> -1;
      case BRIDGE -> MinimumCut.SOURCE;
      case QUANTIZE, READER, LEFT_ALONE -> MinimumCut.SINK;
    };
  }

  /// The vertex of the reader; -1 if any type costs nothing.
  private int readerVertex(Use use) {
    Node node = use.node();
    if (node.graph() != graph || !PrecisionRole.isData(node, use.inputIndex())) {
      return MinimumCut.SINK;
    }
    return switch (role(node)) {
      case LAYER -> vertices.getOrDefault(node, MinimumCut.SINK);
      case QUANTIZE -> scaleFits(node) ? -1 : MinimumCut.SINK;
      case READER -> -1;
      case BRIDGE -> MinimumCut.SOURCE;
      case CONSTANT, DEQUANTIZE, LEFT_ALONE -> MinimumCut.SINK;
    };
  }

  /// Free dimensions count as 1, the same for all.
  private static long elements(Value value) {
    List<Dim> dims = value.shape().map(shape -> shape.dims()).orElse(List.of());
    double product = 1;
    for (Dim dim : dims) {
      product *= dim instanceof Dim.Fixed(long size) ? size : 1;
    }
    return (long) Math.min(product, 1L << 40);
  }
}
