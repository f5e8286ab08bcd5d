// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.tensorrt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.run.CalibrationException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TensorRtCacheReportTest {
  private static TensorRtCacheReport report(Set<String> wanted, String... lines) {
    return TensorRtCacheReport.parse(
        "TRT-101501-EntropyCalibration2\n" + String.join("\n", lines) + "\n", "c.cache", wanted);
  }

  @Test
  void givesTheRangesOfACacheThatFits() {
    TensorRtCacheReport report = report(Set.of("a"), "a: 3f800000", "more: 40000000");

    assertThat(report.isUsable()).isTrue();
    assertThat(report).hasToString("1 of 1 tensors present, 1 extra");
    assertThat(report.trusted().threshold("a")).hasValue(127);
  }

  @Test
  void saysWhatIsMissing() {
    TensorRtCacheReport report = report(Set.of("b"), "a: 3f800000");

    assertThat(report.isUsable()).isFalse();
    assertThat(report.coverage().missing()).containsExactly("b");
    assertThat(report.coverage().extra()).containsExactly("a");
  }

  @Test
  void namesEveryScaleThatCannotBeMeant() {
    TensorRtCacheReport report =
        report(
            Set.of("fine"),
            "fine: 3f800000",
            "nan: 7fc00000",
            "zero: 00000000",
            "negative: bf800000",
            "infinite: 7f800000",
            "tiny: 00000001",
            "huge: 7f000000");

    assertThat(report.notNumbers()).containsExactly("nan");
    assertThat(report.outOfRange()).containsExactly("zero", "negative", "infinite", "tiny", "huge");
    assertThat(report.isUsable()).isTrue();
    assertThat(report.toString()).contains("NaN: 'nan'", "out of range: 'zero'");
    assertThat(report.trusted().names()).isEqualTo(Set.of("fine"));
  }

  @Test
  void givesNoRangesWhenAWantedOneCannotBeMeant() {
    for (String bits : List.of("7fc00000", "00000000")) {
      TensorRtCacheReport report = report(Set.of("a", "b"), "a: 3f800000", "b: " + bits);

      assertThat(report.isUsable()).isFalse();
      assertThatThrownBy(report::trusted)
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("'b'");
    }
  }

  @Test
  void refusesLinesThatAreNone() {
    assertThatThrownBy(() -> report(Set.of("a"), "a: 3f8000"))
        .isInstanceOf(CalibrationException.class)
        .hasMessageStartingWith("c.cache, line 2");
  }
}
