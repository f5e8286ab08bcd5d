// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TensorRtExceptionTest {
  @Test
  void carriesTensorRtsOwnLines() {
    var failure =
        new TensorRtException(
            "TensorRT: building the engine failed", List.of("error: a", "warning: b"));
    assertThat(failure)
        .hasMessage("TensorRT: building the engine failed; TensorRT says: error: a | warning: b");
    assertThat(failure.nativeLog()).containsExactly("error: a", "warning: b");
  }

  @Test
  void countsTheLinesThatItLeavesOut() {
    List<String> lines = IntStream.range(0, 9).mapToObj(i -> "error: " + i).toList();
    var failure = new TensorRtException("failed", lines);
    assertThat(failure).hasMessageContaining("error: 5 | … and 3 more");
    assertThat(failure.nativeLog()).isEqualTo(lines);
  }

  @Test
  void staysOneLine() {
    assertThat(new TensorRtException("failed", List.of("error: a\nb")).getMessage())
        .doesNotContain("\n");
  }
}
