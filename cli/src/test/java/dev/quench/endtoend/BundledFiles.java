// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Main;
import dev.quench.data.array.IdxDataset;
import dev.quench.data.image.Normalization;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import java.io.IOException;
import java.io.InputStream;

/// The networks and images that the demo ships.
final class BundledFiles {
  private BundledFiles() {}

  static Model model(String name) throws IOException {
    try (InputStream in = resource(name)) {
      return OnnxReader.read(in.readAllBytes(), name);
    }
  }

  /// 10,000.
  static IdxDataset testImages() throws IOException {
    return images("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz");
  }

  /// Some of the training set.
  static IdxDataset trainingImages() throws IOException {
    return images("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz");
  }

  private static IdxDataset images(String images, String labels) throws IOException {
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
