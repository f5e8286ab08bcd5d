// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.quench.run.LayerTimes;
import org.junit.jupiter.api.Test;

class LayerTraceTest {
  private static String event(String category, String name, int micros) {
    return "{\"cat\":\"%s\",\"name\":\"%s\",\"dur\":%d,\"args\":{\"op_name\":\"Conv\"}}"
        .formatted(category, name, micros);
  }

  @Test
  void takesTheMedianOfTheRunsBehindTheFirstOnes() {
    String trace =
        "["
            + String.join(
                ",",
                event("Session", "model_run", 5000),
                event("Node", "a_kernel_time", 9000),
                event("Node", "b_fence_before", 1),
                event("Node", "b_kernel_time", 9000),
                event("Node", "a_kernel_time", 1000),
                event("Node", "b_kernel_time", 3000),
                event("Node", "a_kernel_time", 2000),
                event("Node", "b_kernel_time", 6000))
            + "]";
    LayerTimes times = LayerTrace.read(trace, 1);
    assertThat(times.runs()).isEqualTo(2);
    assertThat(times.layers())
        .extracting(LayerTimes.LayerTime::layer)
        .containsExactly("a (Conv)", "b (Conv)");
    assertThat(times.layers().getFirst().millis()).isEqualTo(1.5, within(1e-9));
    assertThat(times.layers().getLast().share()).isEqualTo(0.75, within(1e-9));
  }

  @Test
  void refusesWhatIsNoTrace() {
    assertThatIllegalArgumentException().isThrownBy(() -> LayerTrace.read("{}", 0));
    assertThatIllegalArgumentException().isThrownBy(() -> LayerTrace.read("[{]", 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LayerTrace.read("[" + event("Node", "a_kernel_time", 1) + "]", 1))
        .withMessageContaining("no node that ran more than 1 times");
  }
}
