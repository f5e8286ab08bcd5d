// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.inspect;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.Text;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// How far the thresholds of a table or a cache lie apart.
///
/// @param median the upper one of two
record RangeSpread(Range smallest, Range median, Range largest) {
  record Range(String tensor, double threshold) {}

  /// Empty without ranges.
  static Optional<RangeSpread> of(List<Range> ranges) {
    List<Range> sorted =
        ranges.stream().sorted(Comparator.comparingDouble(Range::threshold)).toList();
    return sorted.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new RangeSpread(sorted.getFirst(), sorted.get(sorted.size() / 2), sorted.getLast()));
  }

  List<String> lines() {
    return Text.table(
        2,
        List.of(
            List.of("", "tensor", "threshold"),
            row("smallest", smallest),
            row("median", median),
            row("largest", largest)));
  }

  private static List<String> row(String name, Range range) {
    return List.of(name, range.tensor(), Text.format("%.6g", range.threshold()));
  }

  ObjectNode json() {
    return Json.object()
        .put("smallest", smallest.threshold())
        .put("median", median.threshold())
        .put("largest", largest.threshold());
  }
}
