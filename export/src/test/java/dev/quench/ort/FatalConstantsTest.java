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
import java.util.Arrays;
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

  @ParameterizedTest
  @CsvSource({
    "2 1, 2",
    "2 1, 1 2",
    "1 2, 2 1",
    "'', 2",
    "3 2, 2",
  })
  void areFoundWhereTheyAreBroadcast(String dividends, String divisors) {
    assertRefused(division(dividends, divisors, true), "by -1");
  }

  @ParameterizedTest
  @CsvSource({"2, 2", "2 2, 2", "2 2, 1 2", "2, 3 2"})
  void ofDivisionsThatDoNotMeetStay(String dividends, String divisors) {
    try (Session session =
        new OnnxRuntimeBackend().open(division(dividends, divisors, false), OPTIONS)) {
      assertThat(session.run(Map.of()).get("y").toLongs()).contains(Long.MIN_VALUE, -8);
    }
  }

  /// The smallest integer stands first, the others are 8; -1 stands first where they meet, else
  /// last, and the others are 1.
  private static Model division(String dividends, String divisors, boolean meet) {
    GraphMaker maker = new GraphMaker(17, 1);
    long[] a = new long[Math.toIntExact(shape(dividends).elements())];
    Arrays.fill(a, 8);
    a[0] = Long.MIN_VALUE;
    long[] b = new long[Math.toIntExact(shape(divisors).elements())];
    Arrays.fill(b, 1);
    b[meet ? 0 : b.length - 1] = -1;
    maker.output(
        NodeBuilder.of("Div")
            .inputs(
                maker.constant("a", Tensor.ofLongs(shape(dividends), a)),
                maker.constant("b", Tensor.ofLongs(shape(divisors), b))),
        "y");
    return maker.model();
  }

  private static Shape shape(String sizes) {
    return sizes.isEmpty()
        ? Shape.SCALAR
        : Shape.of(Arrays.stream(sizes.split(" ")).mapToLong(Long::parseLong).toArray());
  }

  @Test
  void ofPartsOfWhichOneIsEmptyStay() {
    GraphMaker maker = new GraphMaker(17, 1);
    Value x = maker.input("x", 4);
    Value parts =
        maker.add("SplitToSequence", "parts", x, maker.constant("sizes", Tensor.vector(4, 0)));
    maker.output(NodeBuilder.of("SequenceLength").inputs(parts), "y");
    try (Session session = new OnnxRuntimeBackend().open(maker.model(), OPTIONS)) {
      assertThat(session.run(maker.inputs()).get("y").toLongs()).containsExactly(2);
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
