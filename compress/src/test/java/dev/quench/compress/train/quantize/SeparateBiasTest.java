// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.Equivalence;
import dev.quench.compress.train.PostTrainingQuantization;
import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// ONNX Runtime with all its optimizations computes what it computes without them.
class SeparateBiasTest {
  private static final int FLOAT = TrainingScheme.FLOAT;

  static Stream<Arguments> schemes() {
    TrainingScheme iao = TrainingScheme.iao(4, 4);
    return Stream.of(
        Arguments.of("4 bits", iao, "Add"),
        Arguments.of("4 bits, asymmetric", iao.withSymmetric(false), "Add"),
        Arguments.of("16 bits, asymmetric", TrainingScheme.iao(16, 16).withSymmetric(false), "Add"),
        Arguments.of("weights of 4 bits", TrainingScheme.iao(4, 8), "Add"),
        Arguments.of("activations of 4 bits", TrainingScheme.iao(8, 4), "Add"),
        Arguments.of("activations alone", TrainingScheme.iao(FLOAT, 8), "Sub"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("schemes")
  void optimizationDoesNotRoundTheBias(String name, TrainingScheme scheme, String operator)
      throws IOException {
    GraphMaker f = network(true);
    Model model = lowered(f, scheme);

    assertThat(Equivalence.opTypes(model).stream().filter(operator::equals)).hasSize(3);
    Tensor plain = run(model, f, false);
    Tensor optimized = run(model, f, true);
    assertThat(Equivalence.relativeError(plain, optimized)).as(name).isLessThan(1e-5);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("schemes")
  void optimizationRoundsNothingWithoutABias(String name, TrainingScheme scheme)
      throws IOException {
    GraphMaker f = network(false);
    Model model = lowered(f, scheme);
    assertThat(Equivalence.relativeError(run(model, f, false), run(model, f, true)))
        .as(name)
        .isLessThan(1e-5);
  }

  @Test
  void layersOfEightBitsKeepIt() throws IOException {
    assertThat(Equivalence.opTypes(lowered(network(true), TrainingScheme.iao(8, 8))))
        .doesNotContain("Add", "Sub");
  }

  private static Tensor run(Model model, GraphMaker f, boolean optimized) {
    SessionOptions options = SessionOptions.DEFAULT.withThreads(1).withOptimization(optimized);
    try (Session session = Equivalence.BACKEND.open(model, options)) {
      return session.run(f.inputs()).get("y");
    }
  }

  /// Convolution, transposed convolution and product, with large biases.
  private static GraphMaker network(boolean biased) {
    GraphMaker f = new GraphMaker(21, 3);
    Value x = f.input("x", 4, 3, 6, 6);
    x = f.add("Conv", "c", x, f.weights("w1", 5, 3, 3, 3), bias(f, "b1", 5, biased));
    x = f.add("Relu", "r1", x);
    x = f.add("ConvTranspose", "t", x, f.weights("w2", 5, 4, 2, 2), bias(f, "b2", 4, biased));
    x = f.add("Flatten", "flat", f.add("Relu", "r2", x));
    NodeBuilder product = NodeBuilder.of("Gemm").attribute("transB", 1).attribute("beta", 0.5f);
    return f.outputs(f.add(product, "y", x, f.weights("w3", 6, 100), bias(f, "b3", 6, biased)));
  }

  private static Value bias(GraphMaker f, String name, long size, boolean present) {
    if (!present) {
      return Value.ABSENT;
    }
    float[] values = f.normal(size).toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] *= 10;
    }
    return f.constant(name, Tensor.ofFloats(Shape.of(size), values));
  }

  private static Model lowered(GraphMaker f, TrainingScheme scheme) throws IOException {
    Model model = f.model();
    QuantizedTraining.prepare(model, scheme);
    Dataset data = TensorDataset.of("noise", Map.copyOf(f.inputs()));
    Model calibrated = PostTrainingQuantization.calibrate(model, data, 1, 4, 1);
    assertThat(new LowerQuantization().apply(calibrated)).isTrue();
    return calibrated;
  }
}
