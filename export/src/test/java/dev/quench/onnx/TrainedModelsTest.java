// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.graph.Model;
import dev.quench.graph.rewrite.RewritePipeline;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Execution;
import dev.quench.testing.GraphMaker;
import dev.quench.testing.PpOcr;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Real networks survive reading, writing, raising the opset and shape inference.
class TrainedModelsTest {
  private static Map<String, Tensor> inputs(PpOcr network) {
    return Map.of("x", GraphMaker.floats(new SplittableRandom(7), network.shape().sizes()));
  }

  @ParameterizedTest
  @EnumSource
  void computeTheSameBitsAfterReadingAndWriting(PpOcr network) throws Exception {
    byte[] original = network.bytes();
    byte[] rewritten = OnnxWriter.toBytes(OnnxReader.read(original, network.name()));
    assertThat(NativeRun.run(rewritten, inputs(network)))
        .isEqualTo(NativeRun.run(original, inputs(network)));
  }

  @ParameterizedTest
  @EnumSource
  void computeTheSameBitsInOpset13(PpOcr network) {
    Model model = OnnxReader.read(network.bytes(), network.name());
    Map<String, Tensor> before = Execution.run(model, inputs(network));
    new RewritePipeline(List.of(new OpsetUpgrade(13))).apply(model);
    assertThat(model.opset()).isGreaterThanOrEqualTo(13);
    Execution.assertSameBits(Execution.run(model, inputs(network)), before);
  }

  @ParameterizedTest
  @EnumSource
  void haveTheShapesThatInferenceFinds(PpOcr network) {
    Model model = OnnxReader.read(network.bytes(), network.name());
    ShapeInference.withInputShapes(model, Map.of("x", network.shape()));
    Execution.run(model, inputs(network))
        .forEach((name, tensor) ->
            assertThat(model.graph().value(name).orElseThrow().shape()).contains(tensor.shape()));
  }
}
