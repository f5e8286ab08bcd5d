// SPDX-License-Identifier: Apache-2.0
package dev.quench.report.latency;

import dev.quench.run.LayerTimes;
import java.util.ArrayList;
import java.util.List;

/// When a layer ran, in milliseconds from the beginning of its run.
public record LayerSpan(String layer, double startMillis, double millis) {
  /// Layers one behind the other, in their order, each for its time: how an engine runs them on one
  /// stream, without the pauses between them.
  public static List<LayerSpan> inTurn(LayerTimes times) {
    List<LayerSpan> spans = new ArrayList<>();
    double start = 0;
    for (LayerTimes.LayerTime each : times.layers()) {
      spans.add(new LayerSpan(each.layer(), start, each.millis()));
      start += each.millis();
    }
    return spans;
  }
}
