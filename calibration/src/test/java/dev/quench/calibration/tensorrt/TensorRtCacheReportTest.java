// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.tensorrt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.run.CalibrationException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TensorRtCacheReportTest {
  private static TensorRtCacheReport report(Set<String> wanted, String... lines) {
    return report(wanted, Map.of(), lines);
  }

  private static TensorRtCacheReport report(
      Set<String> wanted, Map<String, List<String>> sources, String... lines) {
    return TensorRtCacheReport.parse(
        "TRT-101501-EntropyCalibration2\n" + String.join("\n", lines) + "\n",
        "c.cache",
        wanted,
        name -> sources.getOrDefault(name, List.of()));
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
  void borrowsTheScaleOfTheFirstSourceThatHasOne() {
    TensorRtCacheReport report =
        report(
            Set.of("pool"),
            Map.of("pool", List.of("none", "nan", "relu", "conv")),
            "nan: 7fc00000",
            "relu: 3f800000",
            "conv: 40000000");

    assertThat(report.isUsable()).isTrue();
    assertThat(report.borrowed()).isEqualTo(Map.of("pool", "relu"));
    assertThat(report.coverage().present()).containsExactly("pool");
    assertThat(report.coverage().extra()).containsExactly("nan", "conv");
    assertThat(report.toString()).contains("1 by the scale of another tensor");
    assertThat(report.trusted().threshold("pool")).hasValue(127);
  }

  @Test
  void prefersTheScaleOfTheTensorItself() {
    TensorRtCacheReport report =
        report(Set.of("a"), Map.of("a", List.of("b")), "b: 40000000", "a: 3f800000");

    assertThat(report.borrowed()).isEmpty();
    assertThat(report.trusted().threshold("a")).hasValue(127);
  }

  @Test
  void doesNotReplaceAScaleThatCannotBeMeant() {
    TensorRtCacheReport report =
        report(Set.of("a"), Map.of("a", List.of("b")), "b: 40000000", "a: 7fc00000");

    assertThatThrownBy(report::trusted).hasMessageContaining("'a' in the TensorRT cache is NaN");
  }

  @Test
  void refusesLinesThatAreNone() {
    assertThatThrownBy(() -> report(Set.of("a"), "a: 3f8000"))
        .isInstanceOf(CalibrationException.class)
        .hasMessageStartingWith("c.cache, line 2");
  }
}
