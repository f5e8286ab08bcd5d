// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.pipeline.trial.RealizedGain;

/// A measured gain as JSON.
public final class GainJson {
  private GainJson() {}

  /// Adds the object `measured`.
  public static void fill(ObjectNode root, RealizedGain gain) {
    root.putObject("measured")
        .put("backend", gain.backend())
        .put("samples", gain.samples())
        .put("millisBefore", gain.latency().floatMillis())
        .put("millis", gain.latency().millis())
        .put("realizedGain", gain.factor());
  }
}
