// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval.cluster;

import dev.quench.calibration.method.RangeMethod;
import dev.quench.graph.Model;
import dev.quench.run.Progress;
import dev.quench.run.dataset.SharedDataset;
import java.util.LinkedHashSet;
import java.util.Set;

/// A calibration to run on a cluster.
///
/// @param model not modified
/// @param tensors as for [dev.quench.calibration.Calibrator#calibrate]
/// @param data which every machine of the cluster can open
/// @param batchSize samples that are read at a time; does not change the ranges
/// @param acceptNonFinite whether NaN and infinities are counted and left out
/// @param preprocessing recorded in the table for people to read
/// @param progress hears of samples
public record ClusterCalibration(
    Model model,
    Set<String> tensors,
    SharedDataset data,
    RangeMethod method,
    int batchSize,
    boolean acceptNonFinite,
    String preprocessing,
    Progress progress) {
  public ClusterCalibration {
    tensors = new LinkedHashSet<>(tensors);
  }
}
