// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.compress.binary.TrainingOps;
import dev.quench.compress.quantize.ConcatGroups;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.QuantizableLayer;
import dev.quench.compress.quantize.QuantizationReport.LeftFloat;
import dev.quench.compress.train.quantize.TrainingScheme.Method;
import dev.quench.compress.train.quantize.TrainingScheme.Normalization;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One edit of one graph by [QuantizedTraining].
final class QuantizerInsertion {
  private record Observed(Value value, TrainingScheme scheme) {}

  private final Graph graph;
  private final QdqPlacement placement;
  private final QuantizedTraining training;
  private final IdentityHashMap<Node, TrainingScheme> schemes = new IdentityHashMap<>();
  private final Map<Observed, Value> states = new LinkedHashMap<>();
  private final List<String> activations = new ArrayList<>();
  private final List<String> fused = new ArrayList<>();
  private final List<LeftFloat> leftFloat;
  private final List<String> notes = new ArrayList<>();
  private final Set<Node> kept = Collections.newSetFromMap(new IdentityHashMap<>());

  QuantizerInsertion(Graph graph, QdqPlacement placement, QuantizedTraining training) {
    this.graph = graph;
    this.placement = placement;
    this.training = training;
    this.leftFloat = new ArrayList<>(placement.leftFloat());
  }

  PreparationReport run() {
    chooseSchemes();
    List<String> layers = new ArrayList<>();
    IdentityHashMap<QuantizableLayer, Value> inputs = new IdentityHashMap<>();
    for (QuantizableLayer layer : placement.layers()) {
      if (schemes.containsKey(layer.node())) {
        layers.add(layer.node().describe());
        inputs.put(layer, layer.activation());
      }
    }
    quantizeActivations();
    LayerQuantizer quantizer = new LayerQuantizer(graph);
    for (QuantizableLayer layer : placement.layers()) {
      TrainingScheme scheme = schemes.get(layer.node());
      if (scheme != null) {
        quantizeLayer(quantizer, layer, scheme, inputs.getOrDefault(layer, layer.activation()));
      }
    }
    if (training.scheme().normalization() != Normalization.SEPARATE) {
      graph.nodes().stream()
          .filter(node -> node.is("BatchNormalization"))
          .filter(node -> !kept.contains(node))
          .forEach(node ->
              notes.add(
                  "%s stays a float node: no quantized layer stands right before it"
                      .formatted(node.describe())));
    }
    return new PreparationReport(layers, activations, fused, leftFloat, notes);
  }

  private void chooseSchemes() {
    boolean first = true;
    for (QuantizableLayer layer : placement.layers()) {
      TrainingScheme named = training.named(layer.node()).orElse(null);
      TrainingScheme scheme = named == null ? training.scheme() : named;
      if (layer.weights().dataType() != DataType.FLOAT) {
        leave(
            layer,
            "its weights are %s; training takes FLOAT".formatted(layer.weights().dataType()));
      } else if (first && named == null && scheme.method() == Method.DOREFA) {
        leave(
            layer, "the first layer: DoReFa clips to [0, 1], and the input of the network is not");
      } else if (!scheme.quantizesWeights() && !scheme.quantizesActivations()) {
        leave(layer, "32 bits are float");
      } else {
        schemes.put(layer.node(), scheme);
      }
      first = false;
    }
  }

  private void leave(QuantizableLayer layer, String reason) {
    leftFloat.add(new LeftFloat(layer.node().describe(), reason));
  }

  private void quantizeActivations() {
    Map<Value, Map<TrainingScheme, List<Use>>> planned = new LinkedHashMap<>();
    List<Node> sums = new ArrayList<>();
    placement
        .activations()
        .forEach((value, uses) -> {
          for (Use use : uses) {
            plan(planned, value, use);
            if (use.node().is("Add") && training.quantizesSums()) {
              sums.add(use.node());
              int other = 1 - use.inputIndex();
              plan(planned, use.node().input(other), new Use(use.node(), other));
            }
          }
        });
    planned.forEach((value, byScheme) ->
        byScheme
            .keySet()
            .forEach(scheme -> {
              if (scheme.method() == Method.IAO) {
                states.put(
                    new Observed(value, scheme),
                    graph.addConstant(
                        value.name() + "_range", ObserverState.empty(scheme.observer())));
              }
            }));
    IdentityHashMap<Value, List<Value>> joined = new IdentityHashMap<>();
    for (List<Value> group : new ConcatGroups(graph).group(planned.keySet())) {
      group.forEach(value -> joined.put(value, group));
    }
    sums.forEach(sum -> join(joined, sum.input(0), sum.input(1)));
    planned.forEach((value, byScheme) -> {
      activations.add(value.name());
      byScheme.forEach((scheme, uses) -> {
        Value quantized = quantizer(value, scheme, joined.getOrDefault(value, List.of(value)));
        uses.forEach(use -> use.node().setInput(use.inputIndex(), quantized));
      });
    });
  }

  private void plan(Map<Value, Map<TrainingScheme, List<Use>>> planned, Value value, Use use) {
    TrainingScheme scheme = schemeOf(use);
    if (scheme != null && value.dataType().filter(DataType.FLOAT::equals).isPresent()) {
      planned
          .computeIfAbsent(value, _ -> new LinkedHashMap<>())
          .computeIfAbsent(scheme, _ -> new ArrayList<>())
          .add(use);
    }
  }

  /// Merges the groups of two tensors.
  private static void join(IdentityHashMap<Value, List<Value>> groups, Value left, Value right) {
    Set<Value> union = new LinkedHashSet<>(groups.getOrDefault(left, List.of(left)));
    union.addAll(groups.getOrDefault(right, List.of(right)));
    List<Value> group = List.copyOf(union);
    group.forEach(value -> groups.put(value, group));
  }

  /// The scheme by which a reader's input is quantized; null where it stays float.
  private @Nullable TrainingScheme schemeOf(Use use) {
    boolean layer =
        placement.layers().stream().anyMatch(each -> each.node() == use.node())
            && use.inputIndex() == 0;
    TrainingScheme scheme =
        layer
            ? schemes.get(use.node())
            // A sum or a pooling: DoReFa quantizes inputs of layers alone.
            : training.scheme().method() == Method.DOREFA ? null : training.scheme();
    return scheme == null || !scheme.quantizesActivations() ? null : scheme;
  }

  private Value quantizer(Value value, TrainingScheme scheme, List<Value> group) {
    String name = value.name();
    NodeBuilder builder =
        switch (scheme.method()) {
          case IAO -> {
            List<Value> inputs = new ArrayList<>();
            inputs.add(value);
            inputs.add(Objects.requireNonNull(states.get(new Observed(value, scheme))));
            for (Value other : group) {
              Value state = states.get(new Observed(other, scheme));
              if (other != value && state != null) {
                inputs.add(state);
              }
            }
            yield NodeBuilder.of(QuantizationNodes.FAKE_QUANTIZE)
                .inputs(inputs)
                .attribute(
                    QuantizationNodes.OBSERVER, scheme.observer().name().toLowerCase(Locale.ROOT))
                .attribute(QuantizationNodes.MOMENTUM, (float) scheme.momentum())
                .attribute(QuantizationNodes.SHARE, (float) scheme.share());
          }
          case LSQ, PACT ->
              NodeBuilder.of(
                      scheme.method() == Method.LSQ
                          ? QuantizationNodes.LEARNED_STEP
                          : QuantizationNodes.CLIPPED)
                  .inputs(
                      value,
                      graph.addConstant(
                          name + (scheme.method() == Method.LSQ ? "_step" : "_bound"),
                          Tensor.ofFloats(Shape.of(1), 1)),
                      graph.addConstant(name + "_started", Tensor.ofFloats(Shape.of(1), 0)));
          case DOREFA ->
              NodeBuilder.of(QuantizationNodes.DOREFA_ACTIVATION)
                  .inputs(value)
                  .attribute(QuantizationNodes.BITS, scheme.activationBits());
        };
    if (scheme.method() != Method.DOREFA) {
      LayerQuantizer.levels(builder, scheme.activationLevels(NonNegative.is(value)));
    }
    builder
        .domain(TrainingOps.DOMAIN)
        .name(graph.uniqueNodeName(name + "_Quantize"))
        .output(graph.uniqueName(name + "_rounded"), value.type().orElse(null));
    Node node =
        value.producer().isPresent()
            ? graph.insertAfter(value.producer().get(), builder)
            : graph.insertBefore(graph.nodes().getFirst(), builder);
    return node.output(0);
  }

  private void quantizeLayer(
      LayerQuantizer quantizer, QuantizableLayer layer, TrainingScheme scheme, Value input) {
    Node node = layer.node();
    if (scheme.quantizesWeights()) {
      if (scheme.normalization() != Normalization.SEPARATE) {
        NormalizedLayer.Search search = NormalizedLayer.behind(node);
        if (search.found().isPresent()) {
          NormalizedLayer normalized = search.found().get();
          fused.add(normalized.normalization().describe());
          quantizer.quantizeFolded(normalized, scheme, input);
          quantizer.quantizeGradient(node, scheme);
          return;
        }
        search
            .reason()
            .ifPresent(reason -> {
              kept.add(node.output(0).uses().getFirst().node());
              notes.add("%s keeps its BatchNormalization: %s".formatted(node.describe(), reason));
            });
      }
      quantizer.quantize(layer, scheme);
    }
    quantizer.quantizeGradient(node, scheme);
  }
}
