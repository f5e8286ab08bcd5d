// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.testing.GraphMaker;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// ONNX Runtime's output sizes of sliding windows are those of shape inference.
class WindowSizesTest {
  private static final int CASES = 40;

  @ParameterizedTest
  @CsvSource({
    "MaxPool, NOTSET",
    "MaxPool, VALID",
    "MaxPool, SAME_UPPER",
    "MaxPool, SAME_LOWER",
    "AveragePool, NOTSET",
    "AveragePool, VALID",
    "AveragePool, SAME_UPPER",
    "Conv, NOTSET",
    "Conv, VALID",
    "Conv, SAME_UPPER",
    "Conv, SAME_LOWER",
  })
  void agreeWithShapeInference(String operator, String autoPad) {
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < CASES; i++) {
      int kernel = random.nextInt(1, 4);
      GraphMaker maker = new GraphMaker(22, i);
      Value x = maker.input("x", 1, 1, random.nextInt(3, 12));
      NodeBuilder node =
          NodeBuilder.of(operator)
              .name("window")
              .ints("kernel_shape", kernel)
              .ints("strides", random.nextInt(1, 4))
              .attribute("auto_pad", autoPad);
      if (autoPad.equals("NOTSET")) {
        node.ints("pads", random.nextInt(kernel), random.nextInt(kernel));
      }
      if (operator.equals("Conv")) {
        node.inputs(x, maker.weights("w", 1, 1, kernel));
      } else {
        node.inputs(x).attribute("ceil_mode", random.nextInt(2));
      }
      maker.output(node, "y");
      Model model = maker.model();
      ShapeInference.infer(model);
      try (Session session =
          new OnnxRuntimeBackend().open(model, SessionOptions.DEFAULT.withOptimization(false))) {
        assertThat(session.run(maker.inputs()).get("y").shape())
            .as("%s", node)
            .isEqualTo(model.graph().value("y").orElseThrow().shape().orElseThrow());
      }
    }
  }
}
