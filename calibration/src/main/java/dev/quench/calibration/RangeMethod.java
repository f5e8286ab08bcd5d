// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How a threshold is chosen from the histogram of a tensor.
///
/// A threshold is the magnitude that maps to 127; larger magnitudes saturate. It is between 0 and
/// the largest magnitude, and 0 only where that is 0. Exact zeros, which every scale represents
/// exactly, have no say in it: a layer with a Rectified Linear Unit gets the range of the values it
/// lets through.
public sealed interface RangeMethod {
  /// The threshold for a tensor of that histogram.
  ///
  /// @return finite; 0 when no value differs from zero
  double threshold(Histogram histogram);

  /// As [#parse] takes it and tables record it.
  String spelling();

  /// Keeps everything: the threshold is the largest magnitude.
  record MinMax() implements RangeMethod {
    @Override
    public double threshold(Histogram histogram) {
      return histogram.amax();
    }

    @Override
    public String spelling() {
      return "minmax";
    }
  }

  /// Keeps at least `percent` of the values that are not zero: the threshold is the upper edge of
  /// the first bin up to which that share lies, or the largest magnitude if that is smaller.
  ///
  /// @param percent above 0, up to 100
  record Percentile(double percent) implements RangeMethod {
    /// As in NVIDIA's pytorch-quantization.
    public static final double DEFAULT_PERCENT = 99.99;

    public Percentile {
      if (!(percent > 0 && percent <= 100)) {
        throw new IllegalArgumentException(
            "percentile must be above 0 and at most 100, got " + percent);
      }
    }

    @Override
    public double threshold(Histogram histogram) {
      double wanted = histogram.nonZeros() * (percent / 100);
      long seen = 0;
      for (int i = 0; i < histogram.usedBins(); i++) {
        seen += histogram.count(i);
        if (seen >= wanted) {
          return Math.min((i + 1) * histogram.binWidth(), histogram.amax());
        }
      }
      return histogram.amax();
    }

    @Override
    public String spelling() {
      return "percentile:" + percent;
    }
  }

  /// Loses least information: minimizes the Kullback-Leibler divergence between the clipped
  /// histogram and what 128 levels keep of it, as TensorRT's entropy calibration does. The
  /// threshold lies half a bin above the last kept bin, never above the largest magnitude, not
  /// below a sixteenth of it, and at most a thousandth of the values other than zero lie beyond it.
  record Entropy() implements RangeMethod {
    @Override
    public double threshold(Histogram histogram) {
      int bins = histogram.usedBins();
      if (bins < EntropySearch.LEVELS) {
        return histogram.amax();
      }
      int kept = new EntropySearch(histogram.counts(), bins).keptBins();
      return Math.min((kept + 0.5) * histogram.binWidth(), histogram.amax());
    }

    @Override
    public String spelling() {
      return "entropy";
    }
  }

  static RangeMethod minMax() {
    return new MinMax();
  }

  /// Keeps that percentage of the values.
  ///
  /// @throws IllegalArgumentException unless `0 < percent <= 100`
  static RangeMethod percentile(double percent) {
    return new Percentile(percent);
  }

  static RangeMethod entropy() {
    return new Entropy();
  }

  /// The method that a text names.
  ///
  /// @param text `minmax`, `entropy`, `percentile` or `percentile:P`
  /// @throws IllegalArgumentException for anything else, saying what there is
  static RangeMethod parse(String text) {
    String lower = text.strip().toLowerCase(Locale.ROOT);
    return switch (lower) {
      case "minmax" -> minMax();
      case "entropy" -> entropy();
      case "percentile" -> percentile(Percentile.DEFAULT_PERCENT);
      default -> {
        if (lower.startsWith("percentile:")) {
          try {
            yield percentile(Double.parseDouble(lower.substring("percentile:".length())));
          } catch (NumberFormatException e) {
            throw unknown(text, e);
          }
        }
        throw unknown(text, null);
      }
    };
  }

  private static IllegalArgumentException unknown(String text, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        "unknown calibration method '%s'; use minmax, entropy or percentile:P with 0 < P <= 100"
            .formatted(text),
        cause);
  }
}
