// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.method;

import dev.quench.calibration.histogram.FineBins;
import dev.quench.calibration.histogram.Histogram;
import dev.quench.run.AsymmetricRange;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Chooses a threshold from the histogram of a tensor.
///
/// A threshold is the magnitude that maps to 127; larger magnitudes saturate. It is 0 only if the
/// largest magnitude is 0, and exceeds the largest magnitude only with [TensorRtEntropy], by half
/// of one of TensorRT's bins. Exact zeros, which every scale represents exactly, do not count,
/// except with [TensorRtEntropy]: after a ReLU the range is that of the positive values. All
/// methods are stateless and depend only on the histogram, so trying another one needs no data.
public sealed interface RangeMethod {
  /// The threshold for a tensor of that histogram.
  ///
  /// @return finite; 0 if all values are zero
  double threshold(Histogram histogram);

  /// The range for a target that takes a zero point: the range of the values, clipped to the
  /// symmetric threshold, unless the method defines another. For a tensor without negative values
  /// it is `[0, threshold]`, with twice the resolution.
  default AsymmetricRange asymmetric(Histogram histogram) {
    return AsymmetricRange.within(threshold(histogram), histogram.min(), histogram.max());
  }

  /// The method applied to a tensor of that histogram: this one, or the one that [Auto] chooses.
  default RangeMethod resolved(Histogram histogram) {
    return this;
  }

  /// The text that [#parse] accepts and tables record.
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

  /// The mean, over samples, of each sample's largest magnitude: one odd sample weighs little.
  /// Asymmetric: the means of the smallest and of the largest value.
  ///
  /// The moving average used elsewhere forgets exponentially, so its result depends mostly on the
  /// last samples and on their order. Here all samples weigh the same and sums are exact, so the
  /// mean depends only on the set of samples. A sample is one inference: for a model that takes
  /// only batches of a fixed size, one batch.
  record AverageMinMax() implements RangeMethod {
    @Override
    public double threshold(Histogram histogram) {
      return Math.min(histogram.sampleExtremes().meanMagnitude(), histogram.amax());
    }

    @Override
    public AsymmetricRange asymmetric(Histogram histogram) {
      return new AsymmetricRange(
          Math.min(0, Math.max(histogram.sampleExtremes().meanLowest(), histogram.min())),
          Math.max(0, Math.min(histogram.sampleExtremes().meanHighest(), histogram.max())));
    }

    @Override
    public String spelling() {
      return "minmax:average";
    }
  }

  /// Keeps at least `percent` of the nonzero values: the threshold is the upper edge of the first
  /// bin up to which that share lies, or the largest magnitude if that is smaller. If the largest
  /// magnitude is [Outliers.FAR][dev.quench.calibration.histogram.Outliers#FAR] times the 99.9th
  /// percentile, the finer bins are used. Asymmetric: at most half of the rest is cut off on each
  /// side.
  ///
  /// @param percent above 0, up to 100
  record Percentile(double percent) implements RangeMethod {
    /// The default of NVIDIA's pytorch-quantization.
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
      if (needsFineBins(histogram)) {
        FineBins bins = FineBins.of(histogram);
        return Math.min(bins.upper(bins.reaching(wanted)), histogram.amax());
      }
      long[] counts = histogram.counts();
      long seen = 0;
      for (int i = 0; i < histogram.usedBins(); i++) {
        seen += counts[i];
        if (seen >= wanted) {
          return Math.min((i + 1) * histogram.binWidth(), histogram.amax());
        }
      }
      return histogram.amax();
    }

    /// Whether bins of equal width are too wide, because almost all values lie in the first few.
    private static boolean needsFineBins(Histogram histogram) {
      return histogram.outliers().map(outliers -> !outliers.isCoarse()).orElse(false);
    }

    @Override
    public AsymmetricRange asymmetric(Histogram histogram) {
      double cutOff = histogram.nonZeros() * ((100 - percent) / 200);
      double high;
      double low;
      if (needsFineBins(histogram)) {
        FineBins bins = FineBins.of(histogram);
        high = bins.keeping(true, cutOff);
        low = bins.keeping(false, cutOff);
      } else {
        high = keeping(histogram, histogram.positives(), cutOff);
        low = keeping(histogram, histogram.negatives(), cutOff);
      }
      return new AsymmetricRange(
          Math.max(-low, Math.min(0, histogram.min())),
          Math.min(high, Math.max(0, histogram.max())));
    }

    /// The upper edge of the last bin beyond which at most `cutOff` values lie.
    private static double keeping(Histogram histogram, long[] counts, double cutOff) {
      int kept = histogram.usedBins();
      for (long beyond = 0; kept > 0 && beyond + counts[kept - 1] <= cutOff; kept--) {
        beyond += counts[kept - 1];
      }
      return kept * histogram.binWidth();
    }

    @Override
    public String spelling() {
      return "percentile:" + percent;
    }
  }

  /// Loses the least information: minimizes the Kullback-Leibler divergence between the clipped
  /// histogram and its approximation by 128 levels, like TensorRT's entropy calibration. The
  /// threshold lies half a bin above the last kept bin, between a sixteenth of the largest
  /// magnitude and the largest magnitude, and at most a thousandth of the nonzero values lie beyond
  /// it. [Outliers][dev.quench.calibration.histogram.Outliers] do not count.
  record Entropy() implements RangeMethod {
    @Override
    public double threshold(Histogram histogram) {
      Histogram others = histogram.withoutOutliers();
      int bins = others.usedBins();
      if (bins < EntropySearch.LEVELS) {
        return others.amax();
      }
      int kept = new EntropySearch(others.counts(), bins).keptBins();
      return Math.min((kept + 0.5) * others.binWidth(), others.amax());
    }

    @Override
    public String spelling() {
      return "entropy";
    }
  }

  /// The search of TensorRT's EntropyCalibration2, to reproduce its ranges: 2048 bins of width
  /// `amax / 2048`, exact zeros in the first, 128 to 2048 bins kept, a threshold of `(kept + 0.5)`
  /// bins, and no bound on the share of values cut off.
  ///
  /// Source: Migacz, GTC 2017 (S7310), and scales in public caches ([TensorRtScale]). The result of
  /// TensorRT depends on the order of batches; this one matches it when the first batch holds the
  /// largest magnitude, except that values in a histogram bin divided by an edge of TensorRT's bins
  /// count as evenly spread. If many values are equal, as in the background of images, it may cut
  /// off far too much; [Entropy] does not.
  record TensorRtEntropy() implements RangeMethod {
    @Override
    public double threshold(Histogram histogram) {
      if (histogram.amax() == 0) {
        return 0;
      }
      EntropySearch search = new EntropySearch(TensorRtBins.of(histogram), TensorRtBins.BINS);
      int kept = search.keptBins(EntropySearch.LEVELS);
      return (kept + 0.5) * (histogram.amax() / TensorRtBins.BINS);
    }

    @Override
    public String spelling() {
      return "entropy:tensorrt";
    }
  }

  /// Minimizes the mean squared error between values and quantized values over thresholds at the
  /// upper edges of bins, which maximizes the signal-to-quantization-noise ratio.
  /// [Outliers][dev.quench.calibration.histogram.Outliers] do not count.
  record MeanSquaredError() implements RangeMethod {
    @Override
    public double threshold(Histogram histogram) {
      return new QuantizationNoise(histogram.withoutOutliers()).quietestThreshold();
    }

    @Override
    public String spelling() {
      return "mse";
    }
  }

  /// For each tensor the method with the largest signal-to-quantization-noise ratio; among those
  /// within 0.1 decibel of it the one that clips least. To find the best method for a whole model
  /// by its metric, use [MethodSelection][dev.quench.calibration.MethodSelection].
  ///
  /// @param candidates two or more, none of them automatic
  record Auto(List<RangeMethod> candidates) implements RangeMethod {
    /// The default candidates.
    public static final List<RangeMethod> DEFAULT =
        List.of(
            new MinMax(),
            new AverageMinMax(),
            new Percentile(99.999),
            new Percentile(Percentile.DEFAULT_PERCENT),
            new Entropy(),
            new MeanSquaredError());

    public Auto {
      candidates = List.copyOf(candidates);
      if (candidates.size() < 2 || candidates.stream().anyMatch(Auto.class::isInstance)) {
        throw new IllegalArgumentException(
            "auto chooses among two or more methods, none of them auto, got "
                + candidates.stream().map(RangeMethod::spelling).toList());
      }
    }

    @Override
    public RangeMethod resolved(Histogram histogram) {
      return AutoChoice.among(candidates, histogram);
    }

    @Override
    public double threshold(Histogram histogram) {
      return resolved(histogram).threshold(histogram);
    }

    @Override
    public AsymmetricRange asymmetric(Histogram histogram) {
      return resolved(histogram).asymmetric(histogram);
    }

    @Override
    public String spelling() {
      return candidates.equals(DEFAULT)
          ? "auto"
          : candidates.stream()
              .map(RangeMethod::spelling)
              .collect(Collectors.joining("+", "auto:", ""));
    }
  }

  static RangeMethod minMax() {
    return new MinMax();
  }

  /// Keeps `percent` of the values.
  ///
  /// @throws IllegalArgumentException unless `0 < percent <= 100`
  static RangeMethod percentile(double percent) {
    return new Percentile(percent);
  }

  static RangeMethod entropy() {
    return new Entropy();
  }

  static RangeMethod averageMinMax() {
    return new AverageMinMax();
  }

  static RangeMethod tensorRtEntropy() {
    return new TensorRtEntropy();
  }

  static RangeMethod meanSquaredError() {
    return new MeanSquaredError();
  }

  /// Chooses among [Auto#DEFAULT] for each tensor.
  static RangeMethod auto() {
    return new Auto(Auto.DEFAULT);
  }

  /// The method that a text names.
  ///
  /// @param text `minmax`, `minmax:average`, `entropy`, `entropy:tensorrt`, `percentile`,
  ///   `percentile:P`, `mse`, `auto`, or `auto:A+B…` with some of the others
  /// @throws IllegalArgumentException for any other text, listing the methods
  static RangeMethod parse(String text) {
    String lower = text.strip().toLowerCase(Locale.ROOT);
    return switch (lower) {
      case "minmax" -> minMax();
      case "minmax:average" -> averageMinMax();
      case "entropy" -> entropy();
      case "entropy:tensorrt" -> tensorRtEntropy();
      case "mse" -> meanSquaredError();
      case "auto" -> auto();
      case "percentile" -> percentile(Percentile.DEFAULT_PERCENT);
      default -> {
        if (lower.startsWith("percentile:")) {
          try {
            yield percentile(Double.parseDouble(lower.substring("percentile:".length())));
          } catch (NumberFormatException e) {
            throw unknown(text, e);
          }
        }
        if (lower.startsWith("auto:") && lower.lastIndexOf("auto") == 0) {
          String[] parts = lower.substring("auto:".length()).split("\\+", -1);
          yield new Auto(Arrays.stream(parts).map(RangeMethod::parse).toList());
        }
        throw unknown(text, null);
      }
    };
  }

  private static IllegalArgumentException unknown(String text, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        "unknown calibration method '%s'; use auto, entropy, entropy:tensorrt, mse, minmax, minmax:average or percentile:P with 0 < P <= 100"
            .formatted(text),
        cause);
  }
}
