// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.report.Environment;
import dev.quench.report.latency.LayerSpan;
import dev.quench.run.LayerTimes;
import dev.quench.run.Progress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The timeline of an engine, whose profiler gives each layer's time and their order.
class LayersInTurnTest {
  private static final List<LayerSpan> LAYERS = LayerSpan.inTurn(times());

  private static LayerTimes times() {
    Map<String, Double> millis = new LinkedHashMap<>();
    millis.put("conv + relu", 0.5);
    millis.put("<pool>", 0.25);
    millis.put("fc", 1.0);
    return LayerTimes.of(millis, 50);
  }

  @Test
  void beginsALayerWhereTheOneBeforeEnds() {
    assertThat(LAYERS)
        .containsExactly(
            new LayerSpan("conv + relu", 0, 0.5),
            new LayerSpan("<pool>", 0.5, 0.25),
            new LayerSpan("fc", 0.75, 1.0));
  }

  @Test
  void drawsThemInTheWidthOfThePage() {
    LatencyProfile profile =
        LatencyProfile.measure(
            new IdleSession(), Map.of(), new ProfileOptions(0, 0, 20), Progress.NONE);
    String page =
        profile
            .page("net", "tensorrt", LAYERS, "Means of 50 runs", new Environment(Map.of()))
            .toHtml();
    assertThat(page)
        .contains("Means of 50 runs.", "&#60;pool&#62;", "x=\"42.86%\"", "width=\"57.14%\"")
        .doesNotContain("<pool>");
  }
}
