// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import java.util.LinkedHashMap;
import java.util.Map;

/// How far a calibration has come.
///
/// @param group index of the group of tensors that is being recorded; all groups before are
///   complete
/// @param done samples that this group has seen
/// @param histograms of complete groups and, as far as they go, of this one
record PassState(int group, long done, Map<String, Histogram> histograms) {
  static final PassState START = new PassState(0, 0, Map.of());

  PassState {
    histograms = new LinkedHashMap<>(histograms);
  }

  /// After `samples` more of the same group.
  PassState after(long samples, Map<String, Histogram> seen) {
    Map<String, Histogram> all = new LinkedHashMap<>(histograms);
    seen.forEach((name, histogram) -> all.merge(name, histogram, Histogram::merge));
    return new PassState(group, done + samples, all);
  }

  PassState nextGroup() {
    return new PassState(group + 1, 0, histograms);
  }
}
