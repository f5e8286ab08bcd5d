// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.estimator.ClippedActivation;
import dev.quench.compress.train.estimator.Dorefa;
import dev.quench.compress.train.estimator.FakeQuantization;
import dev.quench.compress.train.estimator.LearnedStep;
import dev.quench.compress.train.estimator.NormalizationFold;
import dev.quench.compress.train.estimator.RangeObserver;
import dev.quench.compress.train.quantize.DorefaLevels;
import dev.quench.compress.train.quantize.Levels;
import dev.quench.compress.train.quantize.Observer;
import dev.quench.compress.train.quantize.ObserverState;
import dev.quench.compress.train.quantize.QuantizationNodes;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// The training-only nodes of [QuantizationNodes] as operations.
///
/// Observers and started parameters change in training and in calibration, never in evaluation. A
/// quantizer that has seen no batch, and every quantizer in calibration, passes x as it is.
final class TrainedQuantizers {
  private TrainedQuantizers() {}

  static Operation compile(Node node, Slots slots) {
    return switch (node.opType()) {
      case QuantizationNodes.FAKE_QUANTIZE ->
          node.input(1).isAbsent()
              ? ownRange(node, slots)
              : QuantizationNodes.axis(node).isPresent()
                  ? frozenRanges(node, slots)
                  : observedRange(node, slots);
      case QuantizationNodes.LEARNED_STEP -> learnedStep(node, slots);
      case QuantizationNodes.CLIPPED -> clipped(node, slots);
      case QuantizationNodes.DOREFA_WEIGHTS -> {
        DorefaLevels levels =
            new DorefaLevels(QuantizationNodes.bits(node), QuantizationNodes.isWithZero(node));
        yield map(node, slots, x -> Dorefa.weights(x, levels));
      }
      case QuantizationNodes.DOREFA_ACTIVATION -> {
        DorefaLevels levels = new DorefaLevels(QuantizationNodes.bits(node), false);
        yield map(node, slots, x -> Dorefa.activation(x, levels));
      }
      case QuantizationNodes.GRADIENT -> {
        DorefaLevels levels = new DorefaLevels(QuantizationNodes.bits(node), false);
        int x = slots.input(node, 0);
        int y = slots.output(node);
        yield pass ->
            pass.set(
                y,
                pass.isTraining()
                    ? Dorefa.quantizeGradient(pass.get(x), levels)
                    : pass.get(x).alias());
      }
      case QuantizationNodes.FOLD -> fold(node, slots);
      default -> throw new UnsupportedOperatorException(node, "the trainer does not support it");
    };
  }

  private static Operation map(Node node, Slots slots, UnaryOperator<Tensor> quantizer) {
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass ->
        pass.set(y, pass.isCalibrating() ? pass.get(x).alias() : quantizer.apply(pass.single(x)));
  }

  private static Operation ownRange(Node node, Slots slots) {
    Levels levels = QuantizationNodes.levels(node);
    long[] others = othersThan(QuantizationNodes.axis(node), rank(node));
    return map(
        node,
        slots,
        x -> {
          Tensor values = x.detach();
          return FakeQuantization.quantizeChannels(
              x, levels, values.amin(others, true), values.amax(others, true));
        });
  }

  /// The frozen ranges of weights, one for each channel.
  private static Operation frozenRanges(Node node, Slots slots) {
    Levels levels = QuantizationNodes.levels(node);
    long[] along = along(QuantizationNodes.axis(node), rank(node));
    int x = slots.input(node, 0);
    int state = slots.input(node, 1);
    int y = slots.output(node);
    return pass -> {
      Tensor ranges = pass.get(state);
      long channels = ranges.numel() / 2;
      pass.set(
          y,
          FakeQuantization.quantizeChannels(
              pass.single(x),
              levels,
              ranges.narrow(0, 1, channels).view(along),
              ranges.narrow(0, 1 + channels, channels).view(along)));
    };
  }

  private static Operation observedRange(Node node, Slots slots) {
    Levels levels = QuantizationNodes.levels(node);
    Observer kind = QuantizationNodes.observer(node);
    double share = QuantizationNodes.share(node);
    RangeObserver observer = new RangeObserver(kind, QuantizationNodes.momentum(node), share);
    boolean frozen = QuantizationNodes.isFrozen(node);
    int[] states =
        IntStream.range(1, node.inputs().size()).map(i -> slots.input(node, i)).toArray();
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> {
      Tensor values = pass.single(x);
      if (pass.observes() && !frozen) {
        observer.observe(pass.get(states[0]), values);
      }
      List<float[]> known = new ArrayList<>(states.length);
      for (int state : states) {
        float[] copy = RangeObserver.floats(pass.get(state));
        if (ObserverState.isKnown(copy)) {
          known.add(copy);
        }
      }
      if (pass.isCalibrating() || known.isEmpty()) {
        pass.set(y, values.alias());
        return;
      }
      float[] range = ObserverState.union(known, kind, share);
      pass.set(y, FakeQuantization.quantize(values, levels, range[0], range[1]));
    };
  }

  private static Operation learnedStep(Node node, Slots slots) {
    Levels levels = QuantizationNodes.levels(node);
    int x = slots.input(node, 0);
    int step = slots.input(node, 1);
    int started = LayerOperations.optional(node, 2, slots);
    int y = slots.output(node);
    if (started < 0) {
      long[] along = along(QuantizationNodes.axis(node), rank(node));
      return pass -> {
        Tensor weights = pass.single(x);
        Tensor steps = pass.get(step);
        double count = (double) weights.numel() / steps.numel();
        pass.set(y, LearnedStep.quantize(weights, steps.view(along), levels, count));
      };
    }
    return pass -> {
      Tensor values = pass.single(x);
      if (!isStarted(pass, started, () -> LearnedStep.start(pass.get(step), values, levels))) {
        pass.set(y, values.alias());
        return;
      }
      double count = (double) values.numel() / values.size(0);
      pass.set(y, LearnedStep.quantize(values, pass.get(step), levels, count));
    };
  }

  private static Operation clipped(Node node, Slots slots) {
    Levels levels = QuantizationNodes.levels(node);
    int x = slots.input(node, 0);
    int bound = slots.input(node, 1);
    int started = slots.input(node, 2);
    int y = slots.output(node);
    return pass -> {
      Tensor values = pass.single(x);
      boolean known =
          isStarted(pass, started, () -> ClippedActivation.start(pass.get(bound), values));
      pass.set(
          y, known ? ClippedActivation.quantize(values, pass.get(bound), levels) : values.alias());
    };
  }

  /// Starts a parameter with the first batch.
  ///
  /// @return whether the parameter has a value to quantize with
  private static boolean isStarted(ForwardPass pass, int slot, Runnable start) {
    Tensor state = pass.get(slot);
    boolean known = state.item_float() > 0;
    if (!known && pass.observes()) {
      start.run();
      try (NoGradGuard _ = new NoGradGuard()) {
        RangeObserver.unversioned(state).fill_(new Scalar(1.0));
      }
      known = true;
    }
    return known && !pass.isCalibrating();
  }

  private static Operation fold(Node node, Slots slots) {
    boolean frozen = QuantizationNodes.isFrozen(node) || !slots.isTrained(node.input(5));
    boolean calibrated = QuantizationNodes.isCalibrated(node);
    float epsilon = QuantizationNodes.epsilon(node);
    double momentum = QuantizationNodes.momentum(node);
    long[] along = along(QuantizationNodes.axis(node), rank(node.input(1), node));
    int sums = LayerOperations.optional(node, 0, slots);
    int weights = slots.input(node, 1);
    int bias = LayerOperations.optional(node, 2, slots);
    int gamma = slots.input(node, 3);
    int beta = slots.input(node, 4);
    int mean = slots.input(node, 5);
    int variance = slots.input(node, 6);
    int folded = slots.of(node.output(0));
    int shift = slots.of(node.output(1));
    int ratio = node.output(2).isPresent() ? slots.of(node.output(2)) : -1;
    long[] broadcast = along(OptionalInt.of(0), rank(node.input(1), node) - 1);
    return pass -> {
      NormalizationFold.Normalization normalization =
          new NormalizationFold.Normalization(
              pass.get(gamma),
              pass.get(beta),
              pass.get(mean),
              pass.get(variance),
              epsilon,
              momentum);
      Tensor addend = bias < 0 ? null : pass.get(bias);
      NormalizationFold fold =
          pass.isTraining() && !frozen
              ? NormalizationFold.ofBatch(
                  pass.single(sums), pass.get(weights), addend, normalization, calibrated, along)
              : NormalizationFold.ofRunning(pass.get(weights), addend, normalization, along);
      pass.set(folded, fold.weights());
      if (ratio < 0) {
        pass.set(shift, fold.bias());
        return;
      }
      pass.set(shift, fold.bias().view(broadcast));
      Tensor correction = fold.ratio();
      pass.set(
          ratio,
          correction == null
              ? FakeQuantization.constant(1, pass.get(gamma))
              : correction.view(broadcast));
    };
  }

  private static int rank(Node node) {
    return rank(node.input(0), node);
  }

  private static int rank(Value value, Node node) {
    return value
        .shape()
        .orElseThrow(
            () -> new UnsupportedOperatorException(node, "the rank of " + value + " is unknown"))
        .rank();
  }

  /// The shape with which one number for each channel broadcasts.
  private static long[] along(OptionalInt axis, int rank) {
    long[] shape = LayerOperations.ones(rank);
    axis.ifPresent(each -> shape[each] = -1);
    return shape;
  }

  private static long[] othersThan(OptionalInt axis, int rank) {
    return LongStream.range(0, rank).filter(i -> i != axis.orElse(-1)).toArray();
  }
}
