// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import dev.quench.Printable;
import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.method.QuantizationNoise;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.method.TensorRtScale;
import dev.quench.digest.Sha256;
import dev.quench.run.AsymmetricRange;
import dev.quench.run.CalibrationException;
import java.util.Optional;

/// The range of one tensor and the values it was chosen from. Doubles compare by [Double#compare].
///
/// @param name of the tensor in the model
/// @param tensorDigest identifies the computation of the tensor, independent of its name, as
///   [dev.quench.graph.digest.ModelDigest#ofTensors]; empty for a range read from a TensorRT cache
/// @param threshold the magnitude that maps to 127; 0 only if all values were zero
/// @param asymmetric the range for targets that take a zero point
/// @param method how the threshold was chosen, as [RangeMethod#spelling]; `tensorrt-cache` for a
///   range read from a cache
/// @param extremes the smallest and the largest finite value
/// @param counts of the elements seen
/// @param histogramDigest [Histogram#digest] of the histogram behind it; empty without one
public record TensorRange(
    String name,
    Optional<String> tensorDigest,
    double threshold,
    AsymmetricRange asymmetric,
    String method,
    Extremes extremes,
    Counts counts,
    Optional<String> histogramDigest) {
  /// The largest quantized magnitude of symmetric INT8.
  public static final int LEVELS = QuantizationNoise.LEVELS;

  /// The smallest and the largest finite value; both 0 without finite values.
  public record Extremes(double min, double max) {
    public Extremes {
      if (!Double.isFinite(min) || !Double.isFinite(max) || min > max) {
        throw new IllegalArgumentException(
            "the range must be finite and ordered, got [%s, %s]".formatted(min, max));
      }
    }

    /// The largest magnitude.
    public double amax() {
      return Math.max(Math.abs(min), Math.abs(max));
    }
  }

  /// Counts of the elements by kind.
  ///
  /// @param values all elements, including the kinds below
  /// @param zeros equal to zero
  /// @param nans not a number
  /// @param infinities infinite, of either sign
  public record Counts(long values, long zeros, long nans, long infinities) {
    public Counts {
      if (zeros < 0
          || nans < 0
          || infinities < 0
          || values < Math.addExact(Math.addExact(zeros, nans), infinities)) {
        throw new IllegalArgumentException(
            "counts must be zero or more and within values, got values %d, zeros %d, nans %d, infinities %d"
                .formatted(values, zeros, nans, infinities));
      }
    }
  }

  public TensorRange {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a tensor without a name has no range");
    }
    String where = "tensor '" + Printable.escape(name) + "': ";
    if (!(threshold >= 0) || !Float.isFinite((float) (threshold / LEVELS))) {
      throw new IllegalArgumentException(
          where
              + "threshold must be zero or more and threshold / 127 a finite float, got "
              + threshold);
    }
    if (threshold > extremes.amax() * TensorRtScale.UNCLIPPED) {
      throw new IllegalArgumentException(
          "%sthreshold %s exceeds the largest magnitude %s"
              .formatted(where, threshold, extremes.amax()));
    }
    if (asymmetric.low() < Math.min(0, extremes.min())
        || asymmetric.high() > Math.max(0, extremes.max())) {
      throw new IllegalArgumentException(
          "%sasymmetric range [%s, %s] exceeds the values [%s, %s]"
              .formatted(
                  where, asymmetric.low(), asymmetric.high(), extremes.min(), extremes.max()));
    }
    if (!histogramDigest.map(Sha256::isHex).orElse(true)
        || !tensorDigest.map(Sha256::isHex).orElse(true)) {
      throw new IllegalArgumentException(where + "expected a SHA-256 digest");
    }
  }

  /// @throws CalibrationException if the values are too large for a float scale
  public static TensorRange of(
      String name, Optional<String> tensorDigest, RangeMethod method, Histogram histogram) {
    RangeMethod resolved = method.resolved(histogram);
    double threshold = resolved.threshold(histogram);
    if (!Float.isFinite((float) (threshold / LEVELS))) {
      throw new CalibrationException(
          "tensor '%s' reaches %s, which no float scale covers; exclude it from quantization"
              .formatted(Printable.escape(name), histogram.amax()));
    }
    return new TensorRange(
        name,
        tensorDigest,
        threshold,
        resolved.asymmetric(histogram),
        resolved.spelling(),
        new Extremes(histogram.min(), histogram.max()),
        new Counts(
            histogram.finiteValues() + histogram.nans() + histogram.infinities(),
            histogram.zeros(),
            histogram.nans(),
            histogram.infinities()),
        Optional.of(histogram.digest()));
  }

  /// The same range under another name.
  TensorRange named(String other) {
    return new TensorRange(
        other, tensorDigest, threshold, asymmetric, method, extremes, counts, histogramDigest);
  }

  /// The INT8 scale, `threshold / 127` in double, rounded to float; 0 for a zero threshold and
  /// below the smallest float.
  public float scale() {
    return (float) (threshold / LEVELS);
  }

  /// The bits of [#scale] as eight lower-case hex digits, as TensorRT's cache writes them.
  public String scaleBits() {
    return "%08x".formatted(Float.floatToIntBits(scale()));
  }
}
