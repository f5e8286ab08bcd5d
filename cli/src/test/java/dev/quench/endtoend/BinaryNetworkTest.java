// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Main;
import dev.quench.data.Batch;
import dev.quench.data.IdxDataset;
import dev.quench.data.Normalization;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import dev.quench.xnor.XnorBackend;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The bundled 1-bit network on XNOR kernels against ONNX Runtime without graph optimization.
class BinaryNetworkTest {
  private static final String MODEL = "vgg-w1a1-fashion-mnist.onnx";
  private static final SessionOptions EXACT = SessionOptions.DEFAULT.withOptimization(false);

  @Test
  void answersAsOnnxRuntimeToTheBitOnAllTestImages() throws IOException {
    Model model = OnnxReader.read(resource(MODEL).readAllBytes(), MODEL);
    XnorBackend xnor = new XnorBackend();
    assertThat(xnor.plan(model).binary()).hasSize(4);
    long images = 0;
    try (Session expected = new OnnxRuntimeBackend().open(model, EXACT);
        Session actual = xnor.open(model, EXACT);
        Stream<Batch> batches = images().batches(250)) {
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        Tensor wanted = expected.run(batch.inputs()).get("logits");
        Tensor got = actual.run(batch.inputs()).get("logits");
        assertThat(got.contentEquals(wanted)).as("logits from image %s on", images).isTrue();
        images += batch.size();
      }
    }
    assertThat(images).isEqualTo(10_000);
  }

  private static IdxDataset images() throws IOException {
    String images = "t10k-images-idx3-ubyte.gz";
    String labels = "t10k-labels-idx1-ubyte.gz";
    try (InputStream imageStream = resource(images);
        InputStream labelStream = resource(labels)) {
      return IdxDataset.read(
          images,
          imageStream,
          labels,
          labelStream,
          Normalization.of(new double[] {0.286}, new double[] {0.353}, 1 / 255.0),
          "image");
    }
  }

  private static InputStream resource(String name) {
    InputStream in = Main.class.getResourceAsStream("demo/" + name);
    assertThat(in).as(name).isNotNull();
    return in;
  }
}
