// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// What a quantizer remembers of the batches, as one FP32 vector among the model's statistics.
///
/// `[batches, min…, max…]` with one minimum and one maximum for each channel, or one of each; a
/// [Observer#HISTOGRAM] adds the width of its bins and [#BINS] counts of magnitudes. A range of no
/// batches is unknown.
public final class ObserverState {
  /// Bins of a histogram of magnitudes.
  public static final int BINS = 2048;

  /// Index of the number of batches.
  public static final int BATCHES = 0;

  /// Index of the smallest value, in the state of one range.
  public static final int MIN = 1;

  /// Index of the largest value, in the state of one range.
  public static final int MAX = 2;

  /// Index of the width of a bin, in the state of a histogram.
  public static final int WIDTH = 3;

  private static final int FIRST_BIN = 4;

  private ObserverState() {}

  /// The state of an observer that has seen no batch.
  public static Tensor empty(Observer observer) {
    int size = observer == Observer.HISTOGRAM ? FIRST_BIN + BINS : MAX + 1;
    return Tensor.ofFloats(Shape.of(size), new float[size]);
  }

  /// The state of ranges that are known, one for each channel.
  static Tensor of(float[] min, float[] max) {
    float[] state = new float[1 + 2 * min.length];
    state[BATCHES] = 1;
    System.arraycopy(min, 0, state, 1, min.length);
    System.arraycopy(max, 0, state, 1 + min.length, max.length);
    return Tensor.ofFloats(Shape.of(state.length), state);
  }

  /// Whether a batch has passed.
  public static boolean isKnown(float[] state) {
    return state[BATCHES] > 0;
  }

  /// Adds a batch to the state of one range.
  ///
  /// @param state edited
  /// @param min of the batch, perhaps cut
  /// @param max of the batch, perhaps cut
  public static void update(
      float[] state, Observer observer, float min, float max, double momentum) {
    boolean first = !isKnown(state);
    state[BATCHES] = Math.min(state[BATCHES] + 1, 1 << 24);
    if (first) {
      state[MIN] = min;
      state[MAX] = max;
      return;
    }
    switch (observer) {
      case MIN_MAX -> {
        state[MIN] = Math.min(state[MIN], min);
        state[MAX] = Math.max(state[MAX], max);
      }
      case MOVING_AVERAGE, PERCENTILE -> {
        state[MIN] = (float) ((1 - momentum) * state[MIN] + momentum * min);
        state[MAX] = (float) ((1 - momentum) * state[MAX] + momentum * max);
      }
      case HISTOGRAM ->
          throw new IllegalArgumentException("a histogram takes the counts of a batch too");
    }
  }

  /// The width of the bins after values of this magnitude have been seen: doubled as often as
  /// needed, and bins merged in pairs as often.
  ///
  /// @param state of a histogram, edited
  /// @return the width; 0 while all values were 0
  public static float widen(float[] state, float magnitude) {
    if (state[WIDTH] == 0) {
      // Values of 0 so far stay in the first bin.
      state[WIDTH] = Math.max(magnitude / BINS, magnitude > 0 ? Float.MIN_NORMAL : 0);
      return state[WIDTH];
    }
    while (magnitude > state[WIDTH] * BINS) {
      for (int i = 0; i < BINS / 2; i++) {
        state[FIRST_BIN + i] = state[FIRST_BIN + 2 * i] + state[FIRST_BIN + 2 * i + 1];
      }
      Arrays.fill(state, FIRST_BIN + BINS / 2, FIRST_BIN + BINS, 0);
      state[WIDTH] *= 2;
    }
    return state[WIDTH];
  }

  /// Adds the counts of a batch and its uncut extremes to a histogram.
  ///
  /// @param state edited; widened for these extremes before
  /// @param counts of `[bin · width, (bin + 1) · width)`; the last bin holds its upper end too
  public static void add(float[] state, float min, float max, long[] counts) {
    boolean first = !isKnown(state);
    state[BATCHES] = Math.min(state[BATCHES] + 1, 1 << 24);
    state[MIN] = first ? min : Math.min(state[MIN], min);
    state[MAX] = first ? max : Math.max(state[MAX], max);
    for (int i = 0; i < BINS; i++) {
      state[FIRST_BIN + i] += counts[i];
    }
  }

  /// The smallest magnitude at the end of a bin that at least `share` of the values of a histogram
  /// do not exceed.
  static float quantile(float[] state, double share) {
    double total = 0;
    for (int i = 0; i < BINS; i++) {
      total += state[FIRST_BIN + i];
    }
    double below = 0;
    for (int i = 0; i < BINS; i++) {
      below += state[FIRST_BIN + i];
      if (below >= share * total) {
        return (i + 1) * state[WIDTH];
      }
    }
    return BINS * state[WIDTH];
  }

  /// The range of one state with a single range, `[min, max]`.
  ///
  /// @param share of the values that a histogram keeps
  public static float[] range(float[] state, Observer observer, double share) {
    if (observer != Observer.HISTOGRAM) {
      return new float[] {state[MIN], state[MAX]};
    }
    float magnitude = quantile(state, share);
    return new float[] {Math.max(state[MIN], -magnitude), Math.min(state[MAX], magnitude)};
  }

  /// The smallest range that holds those of all states, `[min, max]`.
  ///
  /// @param states at least one, each known
  public static float[] union(List<float[]> states, Observer observer, double share) {
    float[] union = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
    for (float[] state : states) {
      float[] range = range(state, observer, share);
      union[0] = Math.min(union[0], range[0]);
      union[1] = Math.max(union[1], range[1]);
    }
    return union;
  }
}
