// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.refine;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A layer and all layers that read it through operators f with f(x / s) = f(x) / s for s > 0 on
/// each channel: what the first divides a channel by, the others may multiply into their weights.
///
/// Such operators: `Relu`, `LeakyRelu`, `MaxPool`, `AveragePool`, `GlobalMaxPool`,
/// `GlobalAveragePool`, `Identity`, `Dropout`, and `Flatten` of the axes behind the channels.
///
/// @param producer `Conv` or `Gemm` with constant weights that nothing else reads
/// @param consumers `Conv` or `Gemm` likewise; at least one
/// @param read the activations that the consumers read
record EqualizationPair(Node producer, List<Node> consumers, List<Value> read, int channels) {
  private static final Set<String> HOMOGENEOUS =
      Set.of(
          "Relu",
          "LeakyRelu",
          "MaxPool",
          "AveragePool",
          "GlobalMaxPool",
          "GlobalAveragePool",
          "Identity",
          "Dropout",
          "Flatten");

  /// The pairs of a graph in the order of their producers.
  static List<EqualizationPair> of(Graph graph) {
    List<EqualizationPair> pairs = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (isLayer(node) && hasScalableBias(node)) {
        from(node).ifPresent(pairs::add);
      }
    }
    return pairs;
  }

  private static Optional<EqualizationPair> from(Node producer) {
    long channels = layout(producer).outputChannels();
    List<Node> consumers = new ArrayList<>();
    List<Value> read = new ArrayList<>();
    Deque<Value> pending = new ArrayDeque<>(List.of(producer.output(0)));
    while (!pending.isEmpty()) {
      Value value = pending.poll();
      if (value.isGraphOutput() || value.isUnused()) {
        return Optional.empty();
      }
      for (Use use : value.uses()) {
        Node reader = use.node();
        if (reader.graph() != producer.graph() || use.inputIndex() != 0) {
          return Optional.empty();
        }
        if (isLayer(reader) && layout(reader).inputChannels() % channels == 0) {
          consumers.add(reader);
          read.add(value);
        } else if (isHomogeneous(reader)) {
          pending.add(reader.output(0));
        } else {
          return Optional.empty();
        }
      }
    }
    return Optional.of(new EqualizationPair(producer, consumers, read, Math.toIntExact(channels)));
  }

  private static boolean isHomogeneous(Node node) {
    return node.domain().isEmpty()
        && HOMOGENEOUS.contains(node.opType())
        && node.outputs().stream().skip(1).allMatch(Value::isAbsent)
        && (!node.is("LeakyRelu") || node.floatAttribute("alpha", 0.01f) >= 0)
        && (!node.is("Flatten") || node.intAttribute("axis", 1) == 1);
  }

  private static boolean isLayer(Node node) {
    if (!(node.is("Conv") || (node.is("Gemm") && node.intAttribute("transA", 0) == 0))) {
      return false;
    }
    Value weights = node.input(1);
    return weights.isPresent()
        && weights.hasSingleUse()
        && weights.quantizationAnnotation().isEmpty()
        && weights
            .constant()
            .filter(tensor -> WeightLayout.of(node, tensor.shape()).isPresent())
            .filter(EqualizationPair::isScalable)
            .isPresent();
  }

  /// Layers of −1, 0 and 1 keep their weights.
  private static boolean isScalable(Tensor weights) {
    if (weights.dataType() != DataType.FLOAT || weights.elements() == 0) {
      return false;
    }
    boolean ternary = true;
    for (float weight : weights.toFloats()) {
      if (!Float.isFinite(weight)) {
        return false;
      }
      ternary &= weight == 0 || Math.abs(weight) == 1;
    }
    return !ternary;
  }

  private static boolean hasScalableBias(Node node) {
    if (node.input(2).isAbsent()) {
      return true;
    }
    long channels = layout(node).outputChannels();
    return node.input(2)
        .constant()
        .filter(bias -> bias.dataType() == DataType.FLOAT)
        .filter(bias -> bias.shape().rank() == 1 && bias.elements() == channels)
        .isPresent();
  }

  private static WeightLayout layout(Node layer) {
    return WeightLayout.of(layer).orElseThrow();
  }

  /// max |W| of each output channel of the producer.
  double[] producerRanges() {
    WeightLayout layout = layout(producer);
    float[] values = producer.input(1).constant().orElseThrow().toFloats();
    double[] ranges = new double[channels];
    for (int i = 0; i < values.length; i++) {
      int channel = layout.outputChannel(i);
      ranges[channel] = Math.max(ranges[channel], Math.abs(values[i]));
    }
    return ranges;
  }

  /// max |W| over all consumers of what each channel is multiplied by.
  double[] consumerRanges() {
    double[] ranges = new double[channels];
    for (Node consumer : consumers) {
      WeightLayout layout = layout(consumer);
      float[] values = consumer.input(1).constant().orElseThrow().toFloats();
      for (int i = 0; i < values.length; i++) {
        int channel = readChannel(layout, i);
        ranges[channel] = Math.max(ranges[channel], Math.abs(values[i]));
      }
    }
    return ranges;
  }

  /// Divides the producer's channels by `scales` and multiplies them back in the consumers.
  ///
  /// @param scales `[channels]`, greater than 0
  void apply(double[] scales) {
    Tensor weights = producer.input(1).constant().orElseThrow();
    WeightLayout layout = layout(producer);
    float[] values = weights.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] / scales[layout.outputChannel(i)]);
    }
    replace(producer, 1, Tensor.ofFloats(weights.shape(), values));
    if (producer.input(2).isPresent()) {
      Tensor bias = producer.input(2).constant().orElseThrow();
      float[] shifts = bias.toFloats();
      for (int c = 0; c < shifts.length; c++) {
        shifts[c] = (float) (shifts[c] / scales[c]);
      }
      replace(producer, 2, Tensor.ofFloats(bias.shape(), shifts));
    }
    for (Node consumer : consumers) {
      Tensor factors = consumer.input(1).constant().orElseThrow();
      WeightLayout reading = layout(consumer);
      float[] scaled = factors.toFloats();
      for (int i = 0; i < scaled.length; i++) {
        scaled[i] = (float) (scaled[i] * scales[readChannel(reading, i)]);
      }
      replace(consumer, 1, Tensor.ofFloats(factors.shape(), scaled));
    }
  }

  private static void replace(Node node, int input, Tensor tensor) {
    Value old = node.input(input);
    Graph graph = node.graph();
    if (old.isInitializer() && !old.isGraphInput() && old.hasSingleUse()) {
      graph.setInitializer(old, tensor);
      return;
    }
    node.setInput(input, graph.addConstant(old.name(), tensor));
    if (old.isUnused()) {
      old.producer().ifPresent(graph::remove);
    }
  }

  /// The channel of the producer that element `index` of a consumer's weights is multiplied by. A
  /// flattened channel is several features.
  private int readChannel(WeightLayout consumer, int index) {
    return consumer.inputChannel(index) / Math.toIntExact(consumer.inputChannels() / channels);
  }
}
