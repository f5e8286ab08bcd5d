// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Model;
import dev.quench.onnx.NewOperatorModels.Recipe;
import dev.quench.testing.Execution;
import dev.quench.testing.GraphMaker;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Operators that came or changed in opsets 17 to 22, which ONNX's packaged conformance suite does
/// not reach: one small model each, run by ONNX Runtime before and after writing and reading.
class NewOperatorsTest {
  @ParameterizedTest(name = "{0}")
  @MethodSource({
    "dev.quench.onnx.NewOperatorModels#ofOpsets17To19",
    "dev.quench.onnx.NewestOperatorModels#ofOpset20AndLater"
  })
  void computesTheSameBitsAfterWritingAndReading(String name, int opset, Recipe recipe) {
    GraphMaker made = new GraphMaker(opset, name.hashCode());
    recipe.fill(made);
    Model model = made.model(10);
    Model again = OnnxReader.read(OnnxWriter.toBytes(model), name);
    assertThat(again.opset()).isEqualTo(opset);
    Execution.assertSameBits(
        Execution.run(again, made.inputs()), Execution.run(model, made.inputs()));
    assertThat(OnnxWriter.toBytes(again)).isEqualTo(OnnxWriter.toBytes(model));
  }
}
