// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.quantize;

/// What a quantized model must keep; layers stay float until it does.
public sealed interface AccuracyBound {
  /// Samples that [MaxDrop] is judged on unless another number is wanted.
  long USUAL_SAMPLES = 1000;

  /// Nothing is asked.
  record None() implements AccuracyBound {
    @Override
    public String toString() {
      return "none";
    }
  }

  /// Every output keeps this cosine to the float model's on the first samples.
  ///
  /// @param cosine 0 to 1
  record MinCosine(double cosine) implements AccuracyBound {
    /// @throws IllegalArgumentException if it is outside 0 to 1
    public MinCosine {
      if (!(cosine >= 0 && cosine <= 1)) {
        throw new IllegalArgumentException("a cosine must be from 0 to 1, got " + cosine);
      }
    }

    @Override
    public String toString() {
      return "cosine " + cosine;
    }
  }

  /// Top-1 is at most so much below the float model's.
  ///
  /// @param points hundredths of all samples, 0 to 100
  /// @param samples that it is judged on
  record MaxDrop(double points, long samples) implements AccuracyBound {
    /// @throws IllegalArgumentException if the points are outside 0 to 100 or samples less than 1
    public MaxDrop {
      if (!(points >= 0 && points <= 100)) {
        throw new IllegalArgumentException("a drop must be from 0 to 100 points, got " + points);
      }
      if (samples < 1) {
        throw new IllegalArgumentException("samples must be 1 or more, got " + samples);
      }
    }

    @Override
    public String toString() {
      return points + " points";
    }
  }
}
