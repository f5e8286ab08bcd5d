// SPDX-License-Identifier: Apache-2.0
package dev.quench.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Model;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.util.Map;

/// Runs models in ONNX Runtime without graph optimization, for comparisons bit by bit.
public final class Execution {
  private static final SessionOptions EXACT =
      SessionOptions.DEFAULT.withThreads(1).withOptimization(false);

  private Execution() {}

  public static Map<String, Tensor> run(Model model, Map<String, Tensor> inputs) {
    try (Session session = new OnnxRuntimeBackend().open(model, EXACT)) {
      return session.run(inputs);
    }
  }

  public static void assertSameBits(Map<String, Tensor> actual, Map<String, Tensor> expected) {
    assertThat(actual.keySet()).containsExactlyElementsOf(expected.keySet());
    expected.forEach((name, tensor) ->
        assertThat(actual.get(name).contentEquals(tensor))
            .as("%s: %s, expected %s", name, actual.get(name), tensor)
            .isTrue());
  }
}
