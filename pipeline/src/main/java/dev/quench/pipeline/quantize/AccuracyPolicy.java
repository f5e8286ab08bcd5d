// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.quantize;

/// What is done so that a model keeps its accuracy in INT8. All of it looks at data.
///
/// @param bound layers stay float until it holds
/// @param equalize whether channels are balanced between layers first, so that one scale fits all
///   of them; what the model computes stays the same
/// @param smoothing whether large features move from the inputs of products into their weights
///   first; what the model computes stays the same
/// @param adaptiveRounding whether each weight is rounded up or down by what that does to the
///   layer's outputs; takes seconds to minutes a layer
/// @param biasCorrection whether biases lose what quantization adds to the mean of each channel
public record AccuracyPolicy(
    AccuracyBound bound,
    boolean equalize,
    Smoothing smoothing,
    boolean adaptiveRounding,
    boolean biasCorrection) {
  /// Nothing is done.
  public static final AccuracyPolicy NONE = within(new AccuracyBound.None());

  /// A bound alone.
  public static AccuracyPolicy within(AccuracyBound bound) {
    return new AccuracyPolicy(bound, false, new Smoothing.None(), false, false);
  }

  boolean hasBound() {
    return !(bound instanceof AccuracyBound.None);
  }

  /// Whether weights or biases change after quantization.
  boolean refines() {
    return adaptiveRounding || biasCorrection;
  }

  /// Whether anything is asked for, which needs data.
  public boolean needsData() {
    return hasBound() || changesRanges() || refines();
  }

  /// Whether the model changes before ranges are found, so that those of the model as it was do not
  /// fit.
  public boolean changesRanges() {
    return equalize || smoothing instanceof Smoothing.By;
  }
}
