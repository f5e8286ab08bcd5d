// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.calibration.table.SampleSpans.Span;
import java.util.ArrayList;
import java.util.List;

/// Divides the samples of a data set.
final class Parts {
  private Parts() {}

  /// Consecutive spans of about the same size that cover all samples.
  ///
  /// @param size samples, 1 or more
  /// @param unit samples that stay together, counted from sample 0; the last may be fewer
  /// @param most spans, 1 or more; fewer where there are fewer units
  static List<Span> of(long size, int unit, int most) {
    long units = Math.ceilDiv(size, (long) unit);
    long count = Math.min(units, most);
    List<Span> spans = new ArrayList<>();
    long from = 0;
    for (long i = 1; i <= count; i++) {
      long to = Math.min(size, (units / count * i + units % count * i / count) * unit);
      spans.add(new Span(from, to));
      from = to;
    }
    return spans;
  }
}
