// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.calibration.histogram.Histogram;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// The progress of a calibration per tensor, so that it can resume with other groups of tensors.
/// Immutable.
///
/// @param done how many samples each tensor has seen, counted from the first; absent tensors have
///   seen none
/// @param histograms of these samples, for tensors that the backend delivered
record PassState(Map<String, Long> done, Map<String, Histogram> histograms) {
  static final PassState START = new PassState(Map.of(), Map.of());

  PassState {
    done = new LinkedHashMap<>(done);
    histograms = new LinkedHashMap<>(histograms);
  }

  /// How many samples a tensor has seen.
  long done(String tensor) {
    return done.getOrDefault(tensor, 0L);
  }

  /// The state after `samples` more samples of some tensors.
  ///
  /// @param seen their histograms of these samples
  PassState after(Set<String> tensors, long samples, Map<String, Histogram> seen) {
    PassState next = new PassState(done, histograms);
    tensors.forEach(tensor -> next.done.merge(tensor, samples, Long::sum));
    seen.forEach((tensor, histogram) -> next.histograms.merge(tensor, histogram, Histogram::merge));
    return next;
  }
}
