// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Model;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.tensor.Tensor;
import dev.quench.xnor.XnorBackend;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The bundled 1-bit network on XNOR kernels against ONNX Runtime without graph optimization.
class BinaryNetworkTest {
  private static final String MODEL = "vgg-w1a1-fashion-mnist.onnx";
  private static final SessionOptions EXACT = SessionOptions.DEFAULT.withOptimization(false);

  @Test
  void answersAsOnnxRuntimeToTheBitOnAllTestImages() throws IOException {
    Model model = BundledFiles.model(MODEL);
    XnorBackend xnor = new XnorBackend();
    assertThat(xnor.plan(model).binary()).hasSize(4);
    long images = 0;
    try (Session expected = new OnnxRuntimeBackend().open(model, EXACT);
        Session actual = xnor.open(model, EXACT);
        Stream<Batch> batches = BundledFiles.testImages().batches(250)) {
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        Tensor wanted = expected.run(batch.inputs()).get("logits");
        Tensor got = actual.run(batch.inputs()).get("logits");
        assertThat(got.contentEquals(wanted)).as("logits from image %s on", images).isTrue();
        images += batch.size();
      }
    }
    assertThat(images).isEqualTo(10_000);
  }
}
