// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

import dev.quench.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/// A digest in place of the model's for an engine some of whose weights were exchanged by name,
/// because no model file corresponds to it.
public final class WeightsDigest {
  private WeightsDigest() {}

  public static String of(Map<String, Tensor> weights) {
    StringBuilder text = new StringBuilder("refitted\n");
    new TreeMap<>(weights)
        .forEach((name, tensor) ->
            text.append(name).append('\n').append(PlanBytes.sha256(tensor.bytes())).append('\n'));
    return PlanBytes.sha256(text.toString().getBytes(StandardCharsets.UTF_8));
  }
}
