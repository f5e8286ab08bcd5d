// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.Printable;
import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.histogram.HistogramBuilder;
import dev.quench.run.ActivationTap;
import dev.quench.run.CalibrationException;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// The histograms that one thread collects.
final class Recorder implements ActivationTap {
  /// With more tensors than this, counters for each would take too much memory.
  private static final int MOST_COUNTERS = 1000;

  private final Map<String, HistogramBuilder> builders = new LinkedHashMap<>();
  private final boolean acceptNonFinite;
  private long samples;

  /// @param names in graph order
  Recorder(Set<String> names, boolean acceptNonFinite) {
    HistogramBuilder.Workspace workspace = new HistogramBuilder.Workspace();
    boolean shareCounters = names.size() > MOST_COUNTERS;
    names.forEach(name ->
        builders.put(name, new HistogramBuilder(Integer.MAX_VALUE, workspace, shareCounters)));
    this.acceptNonFinite = acceptNonFinite;
  }

  @Override
  public void accept(String name, Tensor activation) {
    HistogramBuilder builder = builders.get(name);
    if (builder == null) {
      return;
    }
    if (!activation.dataType().isFloating()) {
      throw new CalibrationException(
          "cannot calibrate '%s': its type is %s, only floating-point tensors have ranges"
              .formatted(Printable.escape(name), activation.dataType()));
    }
    builder.add(activation);
  }

  /// Completes one inference.
  ///
  /// @param first number of its first sample, from 0
  /// @param count how many samples it had
  /// @throws CalibrationException if a value was not finite and non-finite values are not accepted
  void inferred(long first, int count) {
    samples += count;
    if (acceptNonFinite) {
      return;
    }
    builders.forEach((name, builder) -> {
      if (builder.nans() > 0 || builder.infinities() > 0) {
        throw new CalibrationException(
            "tensor '%s' has %d NaN and %d infinite values in %s; correct the data or the model, or accept them, which leaves them out and counts them"
                .formatted(
                    Printable.escape(name),
                    builder.nans(),
                    builder.infinities(),
                    count == 1
                        ? "sample " + first
                        : "samples " + first + " to " + (first + count - 1)));
      }
    });
  }

  long samples() {
    return samples;
  }

  /// Adds the histograms of tensors that were seen.
  void mergeInto(Map<String, Histogram> histograms) {
    builders.forEach((name, builder) -> {
      if (builder.tensors() > 0) {
        histograms.merge(name, builder.build(), Histogram::merge);
      }
    });
  }
}
