// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A sequence of float operations applied to each value of a channel, each rounded to float as ONNX
/// defines it: `BatchNormalization` is one multiplication and one addition, a bias one addition,
/// `Relu` and `Clip` a maximum and a minimum, `PRelu` a leaky ReLU.
///
/// Each step is monotone even in rounded arithmetic, and so is the whole. Immutable, thread-safe.
public final class ChannelFunction {
  /// Operators of a step.
  public enum Operator {
    MULTIPLY(1),
    ADD(-0.0f),

    /// The operand if it is larger, else the value; for two zeros the value, even if it is −0.
    MAXIMUM(Float.NEGATIVE_INFINITY),

    /// The operand if it is smaller, else the value.
    MINIMUM(Float.POSITIVE_INFINITY),

    /// The product if the value is below 0, else the value; slopes are at least 0.
    LEAKY_RELU(1);

    /// The operand that leaves every number unchanged, including the sign of a zero.
    final float neutral;

    Operator(float neutral) {
      this.neutral = neutral;
    }

    public float apply(float value, float operand) {
      return switch (this) {
        case MULTIPLY -> value * operand;
        case ADD -> value + operand;
        case MAXIMUM -> operand > value ? operand : value;
        case MINIMUM -> operand < value ? operand : value;
        case LEAKY_RELU -> value < 0 ? value * operand : value;
      };
    }
  }

  public static final class Step {
    public final Operator operator;

    /// By channel; finite.
    public final float[] operands;

    Step(Operator operator, float[] operands) {
      this.operator = operator;
      this.operands = operands;
    }
  }

  private final int channels;
  private final List<Step> steps;

  private ChannelFunction(int channels, List<Step> steps) {
    this.channels = channels;
    this.steps = List.copyOf(steps);
  }

  /// The function that leaves every value unchanged.
  public static ChannelFunction identity(int channels) {
    return new ChannelFunction(channels, List.of());
  }

  /// Appends a step.
  ///
  /// @param operands one per channel, or a single one for all; copied
  /// @throws IllegalArgumentException if the number of operands is wrong, an operand is not finite,
  ///   or a slope of a leaky ReLU is negative
  public ChannelFunction then(Operator operator, float... operands) {
    if (operands.length != channels && operands.length != 1) {
      throw new IllegalArgumentException(
          "got %d operands for %d channels, expected 1 or %2$d"
              .formatted(operands.length, channels));
    }
    float[] all = operands.clone();
    if (operands.length != channels) {
      all = new float[channels];
      Arrays.fill(all, operands[0]);
    }
    for (float operand : all) {
      if (!Float.isFinite(operand)) {
        throw new IllegalArgumentException("operand " + operand + " is not finite");
      }
      if (operator == Operator.LEAKY_RELU && operand < 0) {
        throw new IllegalArgumentException("slope " + operand + " is negative");
      }
    }
    List<Step> longer = new ArrayList<>(steps);
    longer.add(new Step(operator, all));
    return new ChannelFunction(channels, longer);
  }

  /// Appends another function.
  public ChannelFunction then(ChannelFunction next) {
    List<Step> longer = new ArrayList<>(steps);
    longer.addAll(next.steps);
    return new ChannelFunction(channels, longer);
  }

  public List<Step> steps() {
    return steps;
  }

  public int channels() {
    return channels;
  }

  public boolean isIdentity() {
    return steps.isEmpty();
  }

  /// Whether this is at most one multiplication followed by at most one addition, with factors that
  /// stay finite when doubled.
  public boolean isAffine() {
    boolean affine =
        switch (steps.size()) {
          case 0 -> true;
          case 1 ->
              steps.get(0).operator == Operator.MULTIPLY || steps.get(0).operator == Operator.ADD;
          case 2 ->
              steps.get(0).operator == Operator.MULTIPLY && steps.get(1).operator == Operator.ADD;
          default -> false;
        };
    return affine && canBeDoubled(factors());
  }

  private static boolean canBeDoubled(float[] factors) {
    for (float factor : factors) {
      if (!Float.isFinite(2 * factor)) {
        return false;
      }
    }
    return true;
  }

  /// Factors of an affine function; 1 if it has no multiplication.
  float[] factors() {
    return operandsOf(Operator.MULTIPLY, Operator.MULTIPLY.neutral);
  }

  /// Summands of an affine function; −0 if it has no addition.
  float[] summands() {
    return operandsOf(Operator.ADD, Operator.ADD.neutral);
  }

  private float[] operandsOf(Operator operator, float whenAbsent) {
    for (Step step : steps) {
      if (step.operator == operator) {
        return step.operands.clone();
      }
    }
    float[] all = new float[channels];
    Arrays.fill(all, whenAbsent);
    return all;
  }

  /// Applies all steps to a value of one channel and rounds each result to float.
  public float apply(int channel, float value) {
    float result = value;
    for (Step step : steps) {
      result = step.operator.apply(result, step.operands[channel]);
    }
    return result;
  }

  /// Whether larger values of the channel yield smaller results; false for a constant.
  public boolean isDescending(int channel) {
    boolean descending = false;
    for (Step step : steps) {
      if (step.operator == Operator.MULTIPLY && step.operands[channel] < 0) {
        descending = !descending;
      }
    }
    return descending;
  }
}
