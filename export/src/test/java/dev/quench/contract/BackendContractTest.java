// SPDX-License-Identifier: Apache-2.0
package dev.quench.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.Model;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// What every [Backend] has to hold; a backend's own test extends it.
public abstract class BackendContractTest {
  private static final Dim BATCH = Dim.of("batch");

  /// The backend under test; called once a test.
  public abstract Backend backend();

  /// How a session is opened; a backend with dynamic shapes that need bounds may override it.
  protected Session open(Model model, SessionOptions options) {
    return backend().open(model, options);
  }

  @Test
  void isAvailableAndSaysWhatItFound() {
    assertThat(backend().availability())
        .isInstanceOfSatisfying(
            Availability.Available.class,
            found -> assertThat(found.description()).isNotBlank().doesNotContain("\n"));
  }

  @Test
  void computesDenseLayer() {
    try (Session session = open(SmallModels.dense(Dim.of(2)))) {
      assertThat(session.run(Map.of("x", rows(1, 1, -1, 0))).get("y").toFloats())
          .containsExactly(0, 7, 19, 0, 0, 7);
    }
  }

  @Test
  void computesConvolution() {
    try (Session session = open(SmallModels.convolution())) {
      Tensor x = Tensor.ofFloats(Shape.of(1, 1, 3, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9);
      Tensor y = session.run(Map.of("x", x)).get("y");
      assertThat(y.shape()).isEqualTo(Shape.of(1, 1, 2, 2));
      assertThat(y.toFloats()).containsExactly(12, 16, 24, 28);
    }
  }

  @Test
  void quantizesWithHalfToEvenAndSaturation() {
    try (Session session = open(SmallModels.quantized())) {
      Tensor x = Tensor.ofFloats(Shape.of(4), 0.25f, 0.75f, 1000, -3);
      assertThat(session.run(Map.of("x", x)).get("y").toFloats()).containsExactly(0, 1, 63.5f, 0);
    }
  }

  @Test
  void acceptsAnyBatchWhereTheDimensionIsFree() {
    try (Session session = open(SmallModels.dense(BATCH))) {
      for (int batch : new int[] {1, 3, 2}) {
        Tensor x = Tensor.ofFloats(Shape.of(batch, 2), new float[batch * 2]);
        Tensor y = session.run(Map.of("x", x)).get("y");
        assertThat(y.shape()).isEqualTo(Shape.of(batch, 3));
        assertThat(y.doubleAt(batch * 3L - 1)).isEqualTo(10);
      }
    }
  }

  @Test
  void describesInputsAndOutputsInGraphOrder() {
    try (Session session = open(SmallModels.twoInputs())) {
      assertThat(session.inputs())
          .containsExactly(
              new TensorSpec("a", DataType.FLOAT, Shape.of(2)),
              new TensorSpec("b", DataType.FLOAT, Shape.of(2)));
      assertThat(session.outputs())
          .extracting(TensorSpec::name)
          .containsExactly("sum", "difference", "product");
    }
  }

  @Test
  void returnsOutputsInGraphOrder() {
    try (Session session = open(SmallModels.twoInputs())) {
      Map<String, Tensor> inputs = new LinkedHashMap<>();
      inputs.put("b", Tensor.ofFloats(Shape.of(2), 2, 3));
      inputs.put("a", Tensor.ofFloats(Shape.of(2), 5, 7));
      Map<String, Tensor> outputs = session.run(inputs);
      assertThat(outputs.keySet()).containsExactly("sum", "difference", "product");
      assertThat(outputs.get("difference").toFloats()).containsExactly(3, 4);
      assertThat(outputs.get("product").toFloats()).containsExactly(10, 21);
    }
  }

  @Test
  void outputsOutliveTheSession() {
    Map<String, Tensor> outputs;
    try (Session session = open(SmallModels.dense(Dim.of(2)))) {
      outputs = session.run(Map.of("x", rows(1, 1, -1, 0)));
      session.run(Map.of("x", rows(9, 9, 9, 9)));
    }
    assertThat(outputs.get("y").toFloats()).containsExactly(0, 7, 19, 0, 0, 7);
  }

  @Test
  void takesNativeMemoryAsWellAsHeapMemory() {
    try (Session session = open(SmallModels.dense(Dim.of(2)));
        Arena arena = Arena.ofConfined()) {
      MemorySegment heap = rows(1, 1, -1, 0).bytes();
      for (long offset : new long[] {0, 64, 4, 1}) {
        MemorySegment memory = arena.allocate(256, 64).asSlice(offset, heap.byteSize());
        Tensor x = Tensor.of(DataType.FLOAT, Shape.of(2, 2), memory.copyFrom(heap));
        assertThat(session.run(Map.of("x", x)).get("y").toFloats())
            .containsExactly(0, 7, 19, 0, 0, 7);
      }
    }
  }

  @Test
  void refusesMissingInput() {
    try (Session session = open(SmallModels.twoInputs())) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.run(Map.of("a", Tensor.ofFloats(Shape.of(2), 1, 2))))
          .withMessageContaining("'b'")
          .withMessageContaining("missing");
    }
  }

  @Test
  void refusesUnknownInput() {
    try (Session session = open(SmallModels.dense(Dim.of(2)))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.run(Map.of("x", rows(1, 1, 1, 1), "extra", rows(1, 1, 1, 1))))
          .withMessageContaining("'extra'")
          .withMessageContaining("'x'");
    }
  }

  @Test
  void refusesWrongElementType() {
    try (Session session = open(SmallModels.dense(Dim.of(2)))) {
      Tensor doubles = Tensor.ofDoubles(Shape.of(2, 2), 1, 2, 3, 4);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.run(Map.of("x", doubles)))
          .withMessageContaining("'x'")
          .withMessageContaining("DOUBLE")
          .withMessageContaining("FLOAT");
    }
  }

  @Test
  void refusesWrongRankAndWrongSize() {
    try (Session session = open(SmallModels.dense(BATCH))) {
      for (Shape wrong : List.of(Shape.of(6), Shape.of(2, 3), Shape.of(1, 3, 2))) {
        Tensor x = Tensor.ofFloats(wrong, new float[6]);
        assertThatIllegalArgumentException()
            .isThrownBy(() -> session.run(Map.of("x", x)))
            .withMessageContaining("'x'")
            .withMessageContaining(wrong.toString())
            .withMessageContaining("2]");
      }
    }
  }

  @Test
  void deliversTappedTensors() {
    SessionOptions options = SessionOptions.DEFAULT.withTaps(Set.of("product", "sum"));
    try (Session session = open(SmallModels.dense(Dim.of(2)), options)) {
      Map<String, float[]> seen = observe(session, Map.of("x", rows(1, 1, -1, 0)));
      assertThat(seen.keySet()).containsExactlyInAnyOrder("product", "sum");
      assertThat(seen.get("product")).containsExactly(5, 7, 9, -1, -2, -3);
      assertThat(seen.get("sum")).containsExactly(-5, 7, 19, -11, -2, 7);
    }
  }

  @Test
  void deliversTappedInputsAndOutputs() {
    SessionOptions options = SessionOptions.DEFAULT.withTaps(Set.of("x", "y"));
    try (Session session = open(SmallModels.dense(Dim.of(2)), options)) {
      Map<String, float[]> seen = observe(session, Map.of("x", rows(1, 1, -1, 0)));
      assertThat(seen.get("x")).containsExactly(1, 1, -1, 0);
      assertThat(seen.get("y")).containsExactly(0, 7, 19, 0, 0, 7);
    }
  }

  @Test
  void tapsAreNoOutputs() {
    SessionOptions options = SessionOptions.DEFAULT.withTaps(Set.of("product"));
    try (Session session = open(SmallModels.dense(Dim.of(2)), options)) {
      assertThat(session.outputs()).extracting(TensorSpec::name).containsExactly("y");
      assertThat(session.run(Map.of("x", rows(1, 1, -1, 0))).keySet()).containsExactly("y");
    }
  }

  @Test
  void refusesTapThatIsNotThere() {
    SessionOptions options = SessionOptions.DEFAULT.withTaps(Set.of("nothing"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open(SmallModels.dense(Dim.of(2)), options))
        .withMessageContaining("'nothing'");
  }

  @Test
  void closesTwiceWithoutHarm() {
    Session session = open(SmallModels.convolution());
    session.close();
    assertThatCode(session::close).doesNotThrowAnyException();
  }

  @Test
  void refusesUseAfterClose() {
    Session session = open(SmallModels.dense(Dim.of(2)));
    session.close();
    Map<String, Tensor> inputs = Map.of("x", rows(1, 1, -1, 0));
    assertThatIllegalStateException()
        .isThrownBy(() -> session.run(inputs))
        .withMessageContaining("closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> session.observe(inputs, (_, _) -> {}))
        .withMessageContaining("closed");
  }

  @Test
  void runsFromSeveralThreadsAtOnce() throws Exception {
    try (Session session = open(SmallModels.dense(BATCH), SessionOptions.DEFAULT.withThreads(1));
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<float[]>> results = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        int batch = 1 + i % 3;
        float[] values = new float[batch * 2];
        values[0] = i;
        Tensor x = Tensor.ofFloats(Shape.of(batch, 2), values);
        results.add(threads.submit(() -> session.run(Map.of("x", x)).get("y").toFloats()));
      }
      for (int i = 0; i < results.size(); i++) {
        float[] y = results.get(i).get();
        assertThat(y).hasSize((1 + i % 3) * 3).startsWith(Math.max(0, i - 10), 2 * i, 3 * i + 10);
      }
    }
  }

  @Test
  void refusesModelItDoesNotUnderstandInItsOwnWords() {
    assertThatThrownBy(() -> open(SmallModels.unknownOperator()))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("Mystery");
  }

  @Test
  void leavesTheModelAsItWas() {
    Model model = SmallModels.dense(Dim.of(2));
    try (Session session = open(model, SessionOptions.DEFAULT.withTaps(Set.of("product")))) {
      assertThat(model.graph().outputs()).hasSize(1);
      assertThat(session.outputs()).hasSize(1);
    }
  }

  private Session open(Model model) {
    return open(model, SessionOptions.DEFAULT);
  }

  private static Map<String, float[]> observe(Session session, Map<String, Tensor> inputs) {
    Map<String, float[]> seen = new LinkedHashMap<>();
    session.observe(inputs, (name, activation) -> seen.put(name, activation.toFloats()));
    return seen;
  }

  private static Tensor rows(float... values) {
    return Tensor.ofFloats(Shape.of(values.length / 2, 2), values);
  }
}
