// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.ChannelFunction.Operator;
import dev.quench.xnor.kernel.ChannelFunction.Step;
import java.util.Arrays;

/// Bounds on the real values of a tensor. They tell whether the maximum over a window is the same
/// number in any order of comparison.
///
/// The order matters for infinities and for zeros of both signs: ONNX Runtime begins some windows
/// with the lowest finite float, and its vector width decides which zero it keeps. Immutable.
public final class ValueBounds {
  private static final int MANTISSA_BITS = 24;

  /// By channel.
  private final float[] lowest;

  /// By channel.
  private final float[] highest;

  private final boolean negativeZero;

  /// All values are integer multiples of 2 to this power.
  private final int granularity;

  private ValueBounds(float[] lowest, float[] highest, boolean negativeZero, int granularity) {
    this.lowest = lowest;
    this.highest = highest;
    this.negativeZero = negativeZero;
    this.granularity = granularity;
  }

  /// Bounds of integer sums; zeros are positive.
  ///
  /// @param largest magnitude, exact as a float
  public static ValueBounds ofSums(int channels, long largest) {
    float[] highest = new float[channels];
    Arrays.fill(highest, (float) largest);
    float[] lowest = new float[channels];
    Arrays.fill(lowest, (float) -largest);
    return new ValueBounds(lowest, highest, false, 0);
  }

  /// Whether no value is infinite or NaN.
  public boolean isFinite() {
    boolean finite = true;
    for (int c = 0; c < lowest.length; c++) {
      finite &= Float.isFinite(lowest[c]) && Float.isFinite(highest[c]);
    }
    return finite;
  }

  /// Whether a value may be −0.
  public boolean mayBeNegativeZero() {
    return negativeZero;
  }

  /// Bounds of the results of a function.
  public ValueBounds then(ChannelFunction function) {
    ValueBounds bounds = this;
    for (Step step : function.steps()) {
      bounds = bounds.then(step);
    }
    return bounds;
  }

  private ValueBounds then(Step step) {
    float[] low = new float[lowest.length];
    float[] high = new float[lowest.length];
    boolean minusZero = false;
    int grain = granularity;
    for (int c = 0; c < low.length; c++) {
      float operand = step.operands[c];
      float one = step.operator.apply(lowest[c], operand);
      float other = step.operator.apply(highest[c], operand);
      // Infinite bounds stay infinite: a later minimum could hide that NaN occurred.
      boolean broken = !Float.isFinite(lowest[c] + highest[c]) || !Float.isFinite(one + other);
      low[c] = broken ? Float.NEGATIVE_INFINITY : Math.min(one, other);
      high[c] = broken ? Float.POSITIVE_INFINITY : Math.max(one, other);
      minusZero |= givesNegativeZero(step.operator, operand, lowest[c], highest[c]);
      grain = Math.min(grain, granularityAfter(step.operator, operand));
    }
    return new ValueBounds(low, high, minusZero, Math.max(grain, -2 * Float.MAX_EXPONENT));
  }

  private boolean givesNegativeZero(Operator operator, float operand, float low, float high) {
    boolean operandIsNegativeZero = isNegativeZero(operand);
    return switch (operator) {
      case MULTIPLY ->
          operand == 0 || operand < 0 || negativeZero || (low < 0 && underflows(operand));
      // Unequal numbers never sum to −0, nor do +0 and −0.
      case ADD -> negativeZero && operandIsNegativeZero;
      case MAXIMUM -> (negativeZero && operand <= 0) || (operandIsNegativeZero && low < 0);
      case MINIMUM -> (negativeZero && operand >= 0) || (operandIsNegativeZero && high > 0);
      case LEAKY_RELU -> negativeZero || (low < 0 && (operand == 0 || underflows(operand)));
    };
  }

  private boolean underflows(float factor) {
    return granularity + Math.getExponent(factor) < Float.MIN_EXPONENT;
  }

  private int granularityAfter(Operator operator, float operand) {
    if (operand == 0) {
      return granularity;
    }
    return switch (operator) {
      case MULTIPLY, LEAKY_RELU -> granularity + Math.getExponent(operand) - MANTISSA_BITS;
      case ADD, MAXIMUM, MINIMUM -> Math.getExponent(operand) - MANTISSA_BITS;
    };
  }

  /// Bounds of the elementwise sums of two tensors.
  public ValueBounds plus(ValueBounds other) {
    float[] low = new float[lowest.length];
    float[] high = new float[lowest.length];
    for (int c = 0; c < low.length; c++) {
      low[c] = lowest[c] + other.lowest[c];
      high[c] = highest[c] + other.highest[c];
    }
    return new ValueBounds(
        low, high, negativeZero && other.negativeZero, Math.min(granularity, other.granularity));
  }

  private static boolean isNegativeZero(float value) {
    return Float.floatToRawIntBits(value) == Integer.MIN_VALUE;
  }
}
