// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

import dev.quench.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/// Stands for the model of an engine some of whose weights were exchanged by name: it is not a
/// model that exists as a file.
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
