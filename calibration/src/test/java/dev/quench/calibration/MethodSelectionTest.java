// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.CalibrationTableTest;
import dev.quench.calibration.table.TableJson;
import dev.quench.run.CalibrationException;
import dev.quench.run.Progress;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class MethodSelectionTest {
  private static final List<RangeMethod> THREE =
      List.of(RangeMethod.percentile(50), RangeMethod.minMax(), RangeMethod.percentile(90));

  private final CalibrationTable table =
      CalibrationTableTest.table("entropy", "d", false, CalibrationTableTest.histograms(1));

  @Test
  void takesTheMethodThatScoresHighest() throws IOException {
    MethodSelection selection =
        MethodSelection.of(
            table, THREE, ranges -> ranges.threshold("relu").orElseThrow(), Progress.NONE);

    assertThat(selection.method()).isEqualTo(RangeMethod.minMax());
    assertThat(selection.table()).isEqualTo(table.reestimated(RangeMethod.minMax()));
    assertThat(selection.scores())
        .extracting(scored -> scored.method().spelling())
        .containsExactly("minmax", "percentile:90.0", "percentile:50.0");
    assertThat(selection.toString()).startsWith("minmax ");
  }

  @Test
  void takesTheFirstOfEquallyGoodOnes() throws IOException {
    MethodSelection selection = MethodSelection.of(table, THREE, _ -> 0.9, Progress.NONE);

    assertThat(selection.method()).isEqualTo(RangeMethod.percentile(50));
  }

  @Test
  void isNoWorseThanTheBestSingleMethod() throws IOException {
    RangeScore score = ranges -> -Math.abs(ranges.threshold("relu").orElseThrow() - 1);
    MethodSelection selection =
        MethodSelection.of(table, MethodSelection.CANDIDATES, score, Progress.NONE);
    for (RangeMethod method : MethodSelection.CANDIDATES) {
      assertThat(score.score(table.reestimated(method)))
          .as(method.spelling())
          .isLessThanOrEqualTo(score.score(selection.table()));
    }
  }

  @Test
  void refusesAScoreThatIsNoNumberAndATableWithoutHistograms() throws IOException {
    assertThatThrownBy(() -> MethodSelection.of(table, THREE, _ -> Double.NaN, Progress.NONE))
        .isInstanceOf(CalibrationException.class)
        .hasMessageContaining("percentile:50.0");
    CalibrationTable bare =
        TableJson.parse(table.toJson().getBytes(java.nio.charset.StandardCharsets.UTF_8), "t");
    assertThatThrownBy(() -> MethodSelection.of(bare, THREE, _ -> 1, Progress.NONE))
        .isInstanceOf(CalibrationException.class)
        .hasMessageContaining("no histograms");
  }
}
