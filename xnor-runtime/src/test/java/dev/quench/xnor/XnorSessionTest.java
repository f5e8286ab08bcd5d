// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class XnorSessionTest {
  /// A float layer, a binary one, a float one; the normalized sums of the binary one are `v6`.
  private static Model model() {
    BinaryNets net = new BinaryNets(1);
    Value x = net.input(3, 8, 8);
    Value first =
        net.node(
            NodeBuilder.of("Conv").inputs(x, net.floats(40, 3, 3, 3)).ints("pads", 1, 1, 1, 1));
    Value normalized = net.normalize(first, 40, 1);
    Value second =
        net.node(
            NodeBuilder.of("Conv")
                .inputs(net.sign(normalized), net.binary(50, 40, 3, 3))
                .ints("pads", 1, 1, 1, 1));
    Value sums = net.normalize(second, 50, 8);
    Value third = net.node("Conv", net.sign(sums), net.binary(20, 50, 1, 1));
    Value last = net.node("Conv", third, net.floats(10, 20, 1, 1));
    return net.model(net.node("GlobalAveragePool", last));
  }

  private static Tensor image(int batch, int seed) {
    return new BinaryNets(seed).feed(batch, 3, 8, 8);
  }

  @Test
  void describesInputsAndOutputs() {
    try (Session session = new XnorBackend().open(model(), SessionOptions.DEFAULT)) {
      assertThat(session.inputs())
          .extracting(TensorSpec::toString)
          .containsExactly("'x' FLOAT [batch, 3, 8, 8]");
      assertThat(session.outputs()).hasSize(1);
    }
  }

  @Test
  void servesChangingBatchesFromSeveralThreads() throws Exception {
    Model model = model();
    try (Session session = new XnorBackend().open(model, SessionOptions.DEFAULT);
        Session reference =
            new OnnxRuntimeBackend().open(model, SessionOptions.DEFAULT.withOptimization(false));
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<float[]>> results = new ArrayList<>();
      for (int i = 0; i < 120; i++) {
        Map<String, Tensor> fed = Map.of("x", image(1 + i % 6, i));
        results.add(threads.submit(() -> only(session.run(fed))));
      }
      for (int i = 0; i < results.size(); i++) {
        Map<String, Tensor> fed = Map.of("x", image(1 + i % 6, i));
        assertThat(results.get(i).get()).containsExactly(only(reference.run(fed)));
      }
    }
  }

  @Test
  void refusesNotANumberBeforeASign() {
    float[] values = new float[3 * 8 * 8];
    values[17] = Float.NaN;
    try (Session session = new XnorBackend().open(model(), SessionOptions.DEFAULT)) {
      Map<String, Tensor> fed = Map.of("x", Tensor.ofFloats(Shape.of(1, 3, 8, 8), values));
      assertThatThrownBy(() -> session.run(fed))
          .isInstanceOf(BackendException.class)
          .hasMessageContaining("NaN");
      // The session is none the worse for it.
      assertThat(only(session.run(Map.of("x", image(1, 3))))).doesNotContain(Float.NaN);
    }
  }

  @Test
  void refusesWrongInputs() {
    try (Session session = new XnorBackend().open(model(), SessionOptions.DEFAULT)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.run(Map.of()))
          .withMessageContaining("'x'")
          .withMessageContaining("missing");
      Tensor wrong = Tensor.ofFloats(Shape.of(1, 3, 4, 16), new float[192]);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.run(Map.of("x", wrong)))
          .withMessageContaining("[1, 3, 4, 16]")
          .withMessageContaining("[batch, 3, 8, 8]");
      Tensor doubles = Tensor.ofDoubles(Shape.of(1, 3, 8, 8), new double[192]);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.run(Map.of("x", doubles)))
          .withMessageContaining("DOUBLE");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.run(Map.of("x", image(1, 1), "y", image(1, 1))))
          .withMessageContaining("'y' is unknown");
    }
  }

  @Test
  void refusesASumOfTwoSizes() {
    BinaryNets net = new BinaryNets(7);
    Value x = net.input(4, 3, 3);
    Value y = net.graph().addInput("y", x.type().orElseThrow());
    Value sums = net.node("Conv", net.sign(x), net.binary(4, 4, 1, 1));
    Model model = net.model(net.node("Add", sums, y));
    Map<String, Tensor> fed = Map.of("x", net.feed(2, 4, 3, 3), "y", net.feed(1, 4, 3, 3));
    try (Session session = new XnorBackend().open(model, SessionOptions.DEFAULT)) {
      assertThatThrownBy(() -> session.run(fed))
          .isInstanceOf(BackendException.class)
          .hasMessageContaining("[2, 4, 3, 3]")
          .hasMessageContaining("[1, 4, 3, 3]");
    }
  }

  @Test
  void refusesUseAfterClose() {
    Session session = new XnorBackend().open(model(), SessionOptions.DEFAULT);
    session.run(Map.of("x", image(1, 1)));
    session.close();
    session.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> session.run(Map.of("x", image(1, 1))))
        .withMessageContaining("closed");
  }

  @Test
  void deliversTappedTensorsThatOnlyExistAsBits() {
    Model model = model();
    SessionOptions options = SessionOptions.DEFAULT.withTaps(Set.of("v6"));
    try (Session session = new XnorBackend().open(model, options);
        Session reference = new OnnxRuntimeBackend().open(model, options.withOptimization(false))) {
      Map<String, float[]> given = new LinkedHashMap<>();
      Map<String, float[]> wanted = new LinkedHashMap<>();
      Map<String, Tensor> fed = Map.of("x", image(2, 5));
      session.observe(fed, (name, tensor) -> given.put(name, tensor.toFloats()));
      reference.observe(fed, (name, tensor) -> wanted.put(name, tensor.toFloats()));
      assertThat(given.keySet()).containsExactly("v6");
      assertThat(given.get("v6")).containsExactly(wanted.get("v6"));
      assertThat(session.run(fed).keySet()).doesNotContain("v6");
    }
  }

  @Test
  void refusesTapThatIsNotThere() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new XnorBackend().open(model(), SessionOptions.DEFAULT.withTaps(Set.of("nothing"))))
        .withMessageContaining("'nothing'");
  }

  @Test
  void forgetsShapesThatAreNotUsedAnyMore() {
    try (Session session = new XnorBackend().open(model(), SessionOptions.DEFAULT)) {
      float[] first = only(session.run(Map.of("x", image(1, 1))));
      for (int batch = 2; batch < 12; batch++) {
        session.run(Map.of("x", image(batch, batch)));
      }
      assertThat(only(session.run(Map.of("x", image(1, 1))))).containsExactly(first);
    }
  }

  private static float[] only(Map<String, Tensor> outputs) {
    return outputs.values().iterator().next().toFloats();
  }
}
