// SPDX-License-Identifier: Apache-2.0
package dev.quench.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.QuenchException;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.quantize.refine.EqualizeCrossLayers;
import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.export.target.LowerResize;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.ConstantInitializers;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.onnx.OnnxWriter;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Holds every rewrite to its contract on random valid networks: it computes the same, says whether
/// it changed anything, does nothing the second time, and does the same to equal models.
class RewriteContractTest {
  private static final long SEED = 20_261_127;
  private static final int NETWORKS = 60;
  private static final double TOLERANCE = 1e-4;
  private static final Backend BACKEND = new OnnxRuntimeBackend();
  private static final SessionOptions EXACT =
      SessionOptions.DEFAULT.withThreads(1).withOptimization(false);

  static Stream<Rewrite> rewrites() {
    List<Rewrite> all = new ArrayList<>(Fusion.withSiblingConvs(BACKEND).rewrites());
    all.addAll(
        List.of(
            new ConstantInitializers(),
            new EqualizeCrossLayers(),
            new LowerResize(),
            new OpsetUpgrade(22)));
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("rewrites")
  void keepsItsContract(Rewrite rewrite) {
    for (int number = 0; number < NETWORKS; number++) {
      SplittableRandom random = new SplittableRandom(SEED + number);
      Model model = ValidGraphs.of(random);
      holds(rewrite, model, random, rewrite.name() + " on network " + number);
    }
  }

  private static void holds(
      Rewrite rewrite, Model model, SplittableRandom random, String description) {
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    for (Value input : model.graph().requiredInputs()) {
      inputs.put(
          input.name(),
          SchemaGraphs.tensor(input.dataType().orElseThrow(), input.shape().orElseThrow(), random));
    }
    byte[] before = OnnxWriter.toBytes(model);
    Model once = model.copy();
    boolean changed;
    try {
      changed = rewrite.apply(once);
    } catch (QuenchException e) {
      return; // refused
    }
    once.graph().sortTopologically();
    GraphValidator.validate(once);
    Model other = model.copy();
    rewrite.apply(other);
    other.graph().sortTopologically();
    assertThat(OnnxWriter.toBytes(other))
        .as("repeatable: " + description)
        .isEqualTo(OnnxWriter.toBytes(once));
    if (!changed) {
      assertThat(OnnxWriter.toBytes(once)).as("unchanged: " + description).isEqualTo(before);
      return;
    }
    assertThat(rewrite.apply(once)).as("idempotent: " + description).isFalse();
    assertSame(run(model, inputs), run(once, inputs), description);
  }

  private static void assertSame(
      Map<String, Tensor> expected, Map<String, Tensor> actual, String description) {
    assertThat(actual.keySet()).as(description).isEqualTo(expected.keySet());
    expected.forEach((name, tensor) -> {
      assertThat(actual.get(name).shape()).as(description).isEqualTo(tensor.shape());
      float[] before = tensor.toFloats();
      float[] after = actual.get(name).toFloats();
      double greatest = 1e-6;
      double error = 0;
      for (int i = 0; i < before.length; i++) {
        greatest = Math.max(greatest, Math.abs(before[i]));
        error =
            Math.max(error, before[i] == after[i] ? 0 : Math.abs((double) before[i] - after[i]));
      }
      assertThat(error).as(description).isLessThanOrEqualTo(TOLERANCE * greatest);
    });
  }

  private static Map<String, Tensor> run(Model model, Map<String, Tensor> inputs) {
    try (Session session = BACKEND.open(model, EXACT)) {
      return session.run(inputs);
    }
  }
}
