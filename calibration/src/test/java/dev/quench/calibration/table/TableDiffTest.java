// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.histogram.HistogramTest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TableDiffTest {
  private static CalibrationTable table(String method, Map<String, Histogram> histograms) {
    return CalibrationTableTest.table(method, "data", false, histograms);
  }

  private static Map<String, Histogram> histograms(float a, float b, float c) {
    Map<String, Histogram> histograms = new LinkedHashMap<>();
    histograms.put("a", HistogramTest.of(a));
    histograms.put("b", HistogramTest.of(b));
    histograms.put("c", HistogramTest.of(c));
    return histograms;
  }

  @Test
  void ofATableAndItselfIsEmpty() {
    CalibrationTable table = table("minmax", histograms(1, 2, 3));
    TableDiff diff = TableDiff.of(table, table);

    assertThat(diff.isEmpty()).isTrue();
    assertThat(diff.origins()).isEmpty();
    assertThat(diff)
        .hasToString(
            "3 tensors equal, 0 different, 0 only in the first table, 0 only in the second%n"
                .formatted());
  }

  @Test
  void namesWhatIsMissingAndPutsTheLargestRatioFirst() {
    Map<String, Histogram> second = histograms(1, 2.5f, 0.3f);
    second.put("new\u001b", HistogramTest.of(1f));
    Map<String, Histogram> first = histograms(1, 2, 3);
    first.put("old", HistogramTest.of(1f));
    TableDiff diff = TableDiff.of(table("minmax", first), table("percentile:100.0", second));

    assertThat(diff.equal()).isEqualTo(1);
    assertThat(diff.changes()).extracting(TableDiff.Change::name).containsExactly("c", "b");
    assertThat(diff.changes().getLast().ratio()).isEqualTo(1.25);
    assertThat(diff.onlyInFirst()).containsExactly("old");
    assertThat(diff.onlyInSecond()).containsExactly("new\u001b");
    assertThat(diff.origins()).containsExactly("method: minmax | percentile:100.0");
    assertThat(diff.toString())
        .contains("1 tensors equal, 2 different, 1 only in the first table, 1 only in the second")
        .contains("    0.1000        3.00000       0.300000  c")
        .contains("only in the first: old")
        .doesNotContain("\u001b");
  }

  @Test
  void putsATensorThatCameAliveFirst() {
    TableDiff diff =
        TableDiff.of(
            table("minmax", histograms(0, 100, 1)), table("minmax", histograms(1e-9f, 1, 1)));

    assertThat(diff.changes()).extracting(TableDiff.Change::name).containsExactly("a", "b");
    assertThat(diff.changes().getFirst().ratio()).isInfinite();
  }
}
