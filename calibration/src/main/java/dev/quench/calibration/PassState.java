// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.calibration.histogram.Histogram;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// How far a calibration has come, tensor by tensor: it may go on with the tensors in other groups
/// than before. Immutable.
///
/// @param done how many samples each tensor has seen, from the first one on; those not named none
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

  /// After `samples` more of some tensors.
  ///
  /// @param seen their histograms of these samples
  PassState after(Set<String> tensors, long samples, Map<String, Histogram> seen) {
    PassState next = new PassState(done, histograms);
    tensors.forEach(tensor -> next.done.merge(tensor, samples, Long::sum));
    seen.forEach((tensor, histogram) -> next.histograms.merge(tensor, histogram, Histogram::merge));
    return next;
  }
}
