// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.Printable;
import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.histogram.Outliers;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.TensorRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Remarks for users on tensors whose largest value is far from almost all others.
public final class OutlierRemarks {
  /// Users do not read more lines than this.
  private static final int MOST = 10;

  private OutlierRemarks() {}

  /// One line for each of the first ten tensors and one that counts the rest; empty for a table
  /// without histograms.
  public static List<String> of(CalibrationTable table) {
    List<String> remarks = new ArrayList<>();
    int more = 0;
    for (TensorRange range : table.entries()) {
      Optional<Outliers> found = table.histogram(range.name()).flatMap(Histogram::outliers);
      if (found.isPresent() && remarks.size() < MOST) {
        remarks.add(remark(range, found.get()));
      } else if (found.isPresent()) {
        more++;
      }
    }
    if (more > 0) {
      remarks.add(more + " more tensors have values as far from the others");
    }
    return remarks;
  }

  private static String remark(TensorRange range, Outliers outliers) {
    String name = Printable.escape(range.name());
    double amax = range.extremes().amax();
    double threshold = range.threshold();
    if (outliers.isCoarse()) {
      return String.format(
          Locale.ROOT,
          "tensor '%s' reaches %.4g, but almost all of its values lie in the first bins of its histogram, which an older version wrote; calibrate again for a range that fits them",
          name,
          amax);
    }
    String values =
        outliers.isTail()
            ? "values of a long tail"
            : outliers.count() == 1 ? "one outlier" : outliers.count() + " outliers";
    return String.format(
        Locale.ROOT,
        "tensor '%s' has %s up to %.4g, while 99.9 %% of its values stay within %.4g; %s: threshold %.4g%s",
        name,
        values,
        amax,
        outliers.percentile(),
        range.method(),
        threshold,
        threshold < amax
            ? ", what lies beyond is clipped"
            : ", most values share a few of the 127 levels");
  }
}
