// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.compress.binary.TrainingOps;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/// The training-only nodes of quantization-aware training, in the domain [TrainingOps#DOMAIN].
///
/// - `FakeQuantize(x, state…) → y`: rounds to [Levels]. Without a state, the range is that of x, as
///   for weights; with one, the observer of the first state follows x and the range is the union of
///   all.
/// - `LearnedStepQuantize(x, step, started) → y`: rounds to levels whose scale is trained.
/// - `ClippedQuantize(x, bound, started) → y`: clips to a trained bound and rounds.
/// - `DorefaWeights(w) → y`, `DorefaActivation(x) → y`: the quantizers of DoReFa-Net.
/// - `QuantizeGradient(x) → x`: quantizes the gradient that comes back.
/// - `FoldBatchNormalization(sums, w, b, γ, β, μ, σ²) → w′, b′, ratio`: the weights and the bias of
///   a layer with the normalization behind it folded in; `sums` is the layer's float output, whose
///   statistics training uses.
///
/// [LowerQuantization] replaces them with plain nodes.
public final class QuantizationNodes {
  public static final String FAKE_QUANTIZE = "FakeQuantize";
  public static final String LEARNED_STEP = "LearnedStepQuantize";
  public static final String CLIPPED = "ClippedQuantize";
  public static final String DOREFA_WEIGHTS = "DorefaWeights";
  public static final String DOREFA_ACTIVATION = "DorefaActivation";
  public static final String GRADIENT = "QuantizeGradient";
  public static final String FOLD = "FoldBatchNormalization";

  static final String BITS = "bits";
  static final String LOW = "low";
  static final String HIGH = "high";
  static final String SYMMETRIC = "symmetric";
  static final String AXIS = "axis";
  static final String OBSERVER = "observer";
  static final String MOMENTUM = "momentum";
  static final String SHARE = "share";
  static final String FROZEN = "frozen";
  static final String EPSILON = "epsilon";
  static final String CALIBRATED = "calibrated";
  static final String WITH_ZERO = "with_zero";

  private static final Set<String> ALL =
      Set.of(
          FAKE_QUANTIZE, LEARNED_STEP, CLIPPED, DOREFA_WEIGHTS, DOREFA_ACTIVATION, GRADIENT, FOLD);

  private QuantizationNodes() {}

  /// Whether the node is one of these.
  public static boolean is(Node node) {
    return node.domain().equals(TrainingOps.DOMAIN) && ALL.contains(node.opType());
  }

  /// Those that a value is computed from.
  public static Set<Node> before(Value value) {
    Set<Node> seen = new HashSet<>();
    ArrayDeque<Value> open = new ArrayDeque<>(List.of(value));
    while (!open.isEmpty()) {
      Optional<Node> producer = open.poll().producer().filter(seen::add);
      producer.ifPresent(
          node -> node.inputs().stream().filter(Value::isPresent).forEach(open::add));
    }
    return seen.stream().filter(QuantizationNodes::is).collect(Collectors.toUnmodifiableSet());
  }

  /// Whether the node is of this operator of the training domain.
  public static boolean is(Node node, String opType) {
    return node.domain().equals(TrainingOps.DOMAIN) && node.opType().equals(opType);
  }

  /// Whether only the statistics of a [#FOLD] depend on the node, so that evaluation skips it.
  public static boolean feedsStatisticsAlone(Node node) {
    return node.outputs().stream()
        .allMatch(output ->
            !output.isGraphOutput()
                && output.useCount() > 0
                && output.uses().stream().allMatch(QuantizationNodes::isStatistics));
  }

  private static boolean isStatistics(Use use) {
    return use.inputIndex() == 0 && is(use.node(), FOLD);
  }

  public static Levels levels(Node node) {
    return new Levels(
        Math.toIntExact(node.intAttribute(LOW, -127)),
        Math.toIntExact(node.intAttribute(HIGH, 127)),
        node.intAttribute(SYMMETRIC, 1) != 0);
  }

  /// The axis of the channels that have a scale each; empty for one scale.
  public static OptionalInt axis(Node node) {
    return node.attribute(AXIS).isPresent()
        ? OptionalInt.of(Math.toIntExact(node.intAttribute(AXIS, 0)))
        : OptionalInt.empty();
  }

  public static Observer observer(Node node) {
    return Observer.valueOf(
        node.textAttribute(OBSERVER, Observer.MIN_MAX.name()).toUpperCase(Locale.ROOT));
  }

  public static double momentum(Node node) {
    return node.floatAttribute(MOMENTUM, 0.1f);
  }

  /// The share of the values that a range keeps.
  public static double share(Node node) {
    return node.floatAttribute(SHARE, 1);
  }

  /// Whether training leaves ranges and statistics as they are.
  public static boolean isFrozen(Node node) {
    return node.intAttribute(FROZEN, 0) != 0;
  }

  public static int bits(Node node) {
    return Math.toIntExact(node.intAttribute(BITS, 8));
  }

  /// The ε of a [#FOLD].
  public static float epsilon(Node node) {
    return node.floatAttribute(EPSILON, 1e-5f);
  }

  /// Whether a [#FOLD] takes running statistics for the weights.
  public static boolean isCalibrated(Node node) {
    return node.intAttribute(CALIBRATED, 0) != 0;
  }

  /// Whether [#DOREFA_WEIGHTS] rounds to 2^bits − 1 levels with 0 among them.
  public static boolean isWithZero(Node node) {
    return node.intAttribute(WITH_ZERO, 0) != 0;
  }

  /// Whether the node maps one tensor to another of the same shape and its input 0 may be weights.
  public static boolean isOfWeights(Node node) {
    return is(node, FAKE_QUANTIZE) || is(node, LEARNED_STEP) || is(node, DOREFA_WEIGHTS);
  }

  /// The layer that reads the weights of a [#FOLD], through their quantizer.
  public static Node foldedLayer(Node fold) {
    Node quantizer = fold.output(0).uses().getFirst().node();
    return is(quantizer) ? quantizer.output(0).uses().getFirst().node() : quantizer;
  }
}
