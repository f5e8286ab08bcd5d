// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Constants on which ONNX Runtime ended the process.
class FatalConstantsTest {
  private static final SessionOptions OPTIONS = SessionOptions.DEFAULT.withOptimization(false);

  private static void assertRefused(Model model, String... words) {
    assertThatExceptionOfType(BackendException.class)
        .isThrownBy(() -> new OnnxRuntimeBackend().open(model, OPTIONS))
        .satisfies(e -> assertThat(e.getMessage()).contains(words).doesNotContain("\n"));
  }

  @ParameterizedTest
  @CsvSource({"Div, INT32", "Div, INT64", "Mod, INT32", "Mod, INT64"})
  void withoutQuotientAreRefused(String operator, DataType type) {
    GraphMaker maker = new GraphMaker(17, 1);
    boolean wide = type == DataType.INT64;
    Value a =
        maker.constant(
            "a",
            wide
                ? Tensor.vector(7, Long.MIN_VALUE)
                : Tensor.ofInts(Shape.of(2), 7, Integer.MIN_VALUE));
    Value b = maker.constant("b", wide ? Tensor.vector(-1) : Tensor.ofInts(Shape.of(1), -1));
    maker.output(NodeBuilder.of(operator).name("odd").inputs(a, b), "y");
    assertRefused(maker.model(), operator + " 'odd'", "by -1");
  }

  @Test
  void ofOtherDivisionsStay() {
    GraphMaker maker = new GraphMaker(17, 1);
    Value a = maker.constant("a", Tensor.vector(8, Long.MIN_VALUE));
    maker.output(NodeBuilder.of("Div").inputs(a, maker.constant("b", 2)), "y");
    try (Session session = new OnnxRuntimeBackend().open(maker.model(), OPTIONS)) {
      assertThat(session.run(Map.of()).get("y").toLongs()).containsExactly(4, Long.MIN_VALUE / 2);
    }
  }

  @Test
  void ofPartsWithoutElementsAreRefused() {
    GraphMaker maker = new GraphMaker(17, 1);
    Value x = maker.input("x", 4);
    Value parts =
        maker.add(
            NodeBuilder.of("SplitToSequence"),
            "parts",
            x,
            maker.constant("size", Tensor.scalar(0L)));
    maker.output(NodeBuilder.of("SequenceLength").inputs(parts), "y");
    assertRefused(maker.model(), "SplitToSequence 'parts'", "no element");
  }
}
