// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import static dev.quench.xnor.recognize.Activations.declaredChannels;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.Match;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.xnor.kernel.ChannelFunction;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/// Decides for each node of a graph whether an instruction replaces it or, with a reason, ONNX
/// Runtime keeps it.
///
/// A layer is binary when its input is known to be ±1 and its weights are exactly −1, 0 or 1. Nodes
/// around binary layers follow if their float arithmetic acts on each channel alone: signs,
/// pooling, channel shuffles, channelwise operations, sums of shortcuts.
///
/// Layers of words and codes run by look-ups only where no layer is binary: their sums are rounded
/// in another order than those of ONNX Runtime, and a sign may depend on that.
final class Recognizer {
  private final Graph graph;
  private final IdentityHashMap<Node, Instruction> instructions = new IdentityHashMap<>();
  private final IdentityHashMap<Node, String> reasons = new IdentityHashMap<>();

  /// Layers of words and codes that stay in ONNX Runtime.
  private final Set<Node> coded = Collections.newSetFromMap(new IdentityHashMap<>());

  private final Activations activations = new Activations();

  Recognizer(Graph graph) {
    this.graph = graph;
  }

  /// Call it once.
  Recognition recognize() {
    for (Node node : graph.nodes()) {
      switch (match(node)) {
        case Match.Found<Recognized>(Recognized found) -> {
          instructions.put(node, found.instruction());
          activations.put(node.output(0), found.output());
        }
        case Match.Refused<Recognized>(String reason) -> reasons.put(node, reason);
        case Match.Absent<Recognized>() -> {}
      }
    }
    dropUnreadSigns();
    takeInFunctionsBeforeSigns();
    recognizeLookups();
    return new Recognition(instructions, reasons, coded);
  }

  private Match<Recognized> match(Node node) {
    if (node.is("Where") || node.is("Sign")) {
      return SignPattern.of(node).then(source -> sign(node, source));
    }
    if (ConvolutionPattern.isLayer(node)) {
      return layer(node);
    }
    if (node.is("MaxPool")) {
      return PoolPattern.of(node, activations);
    }
    if (node.is("Flatten") || node.is("Reshape")) {
      Match<Recognized> shuffle = ShufflePattern.of(node, activations);
      return shuffle instanceof Match.Absent ? FlattenPattern.of(node, activations) : shuffle;
    }
    Match<Recognized> sum = AddPattern.of(node, activations);
    return sum instanceof Match.Absent ? channelwise(node) : sum;
  }

  private Match<Recognized> sign(Node node, Value source) {
    OptionalInt channels = declaredChannels(source);
    if (activations.signs(source) != null) {
      return Match.refused("its input is already a sign");
    }
    if (channels.isEmpty()) {
      return Match.refused(
          "its input is not [N, C] or [N, C, H, W] with a known number of channels");
    }
    ChannelFunction identity = ChannelFunction.identity(channels.getAsInt());
    return Match.found(
        new Recognized(
            new Instruction.Binarize(source, identity, node.output(0)),
            new Activation.Signs(channels.getAsInt())));
  }

  private Match<Recognized> layer(Node node) {
    Value data = node.input(0);
    Activation.Signs signs = activations.signs(data);
    if (signs == null) {
      String origin =
          data.producer()
              .map(producer -> "it comes from " + producer.describe() + ", not from a sign")
              .orElse("it is a model input or a constant");
      return Match.refused("its input is not binary: " + origin);
    }
    try {
      return ConvolutionPattern.of(node, signs.channels());
    } catch (ArithmeticException e) {
      return Match.refused("its weights are too large");
    }
  }

  /// Matches a channelwise operation on the first input that an instruction computes.
  private Match<Recognized> channelwise(Node node) {
    for (Value input : node.inputs()) {
      Activation.Reals reals = activations.reals(input);
      if (reals != null) {
        return ChannelwisePattern.of(node, reals.channels())
            .then(pattern ->
                pattern.source() == input
                    ? Match.found(channelwise(node, pattern, reals))
                    : Match.absent());
      }
    }
    return Match.absent();
  }

  private static Recognized channelwise(
      Node node, ChannelwisePattern pattern, Activation.Reals reals) {
    ChannelFunction function = pattern.function();
    ValueBounds bounds = reals.bounds() == null ? null : reals.bounds().then(function);
    return new Recognized(
        new Instruction.Channelwise(pattern.source(), function, node.output(0)),
        new Activation.Reals(reals.channels(), bounds));
  }

  /// Returns signs that no binary layer reads to ONNX Runtime: packing them gains nothing.
  private void dropUnreadSigns() {
    Set<Value> read = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Node> nodes = new ArrayList<>(graph.nodes());
    for (Node node : nodes.reversed()) {
      Instruction instruction = instructions.get(node);
      if (instruction == null) {
        continue;
      }
      switch (instruction) {
        case Instruction.Convolution layer -> read.add(layer.input());
        case Instruction.Binarize _,
            Instruction.BitMaxPool _,
            Instruction.Flatten _,
            Instruction.ChannelShuffle _ -> {
          if (read.contains(node.output(0))) {
            read.addAll(instruction.inputs());
          } else {
            instructions.remove(node);
            activations.remove(node.output(0));
            reasons.put(node, "no binary layer reads it");
          }
        }
        default -> {}
      }
    }
  }

  /// Moves a normalization between a float layer and a sign into the packing, where it is free.
  private void takeInFunctionsBeforeSigns() {
    for (Node node : List.copyOf(graph.nodes())) {
      if (!(instructions.get(node) instanceof Instruction.Binarize(Value source, _, _))
          || activations.reals(source) != null
          || source.producer().isEmpty()
          || !onlySigned(source, node)) {
        continue;
      }
      Node before = source.producer().get();
      int channels = declaredChannels(source).orElseThrow();
      if (ChannelwisePattern.of(before, channels)
              instanceof
              Match.Found<ChannelwisePattern>(
                  ChannelwisePattern(Value from, ChannelFunction function))
          && function.isAffine()
          && from.shape().equals(source.shape())
          && from.producer().isPresent()) {
        instructions.put(before, new Instruction.Channelwise(from, function, source));
        activations.put(source, new Activation.Reals(channels, null));
      }
    }
  }

  private void recognizeLookups() {
    boolean binary =
        instructions.values().stream().anyMatch(Instruction.Convolution.class::isInstance);
    for (Node node : graph.nodes()) {
      if (instructions.containsKey(node) || !LookupPattern.isCoded(node)) {
        continue;
      }
      if (binary) {
        coded.add(node);
        reasons.put(node, "other layers are binary, and their signs must not depend on rounding");
        continue;
      }
      switch (LookupPattern.of(node)) {
        case Match.Found<Instruction.Lookup>(Instruction.Lookup layer) ->
            instructions.put(layer.output().producer().orElseThrow(), layer);
        case Match.Refused<Instruction.Lookup>(String reason) -> {
          coded.add(node);
          reasons.put(node, reason);
        }
        case Match.Absent<Instruction.Lookup>() -> {}
      }
    }
  }

  /// Whether only the comparison of the sign pattern `where` reads the value.
  private static boolean onlySigned(Value value, Node where) {
    Node compare = where.input(0).producer().orElseThrow();
    for (Use use : value.uses()) {
      if (use.node() != compare) {
        return false;
      }
    }
    return !value.isGraphOutput() && compare.output(0).hasSingleUse();
  }
}
