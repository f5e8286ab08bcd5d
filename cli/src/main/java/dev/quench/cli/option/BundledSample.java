// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.CommandException;
import dev.quench.data.array.IdxDataset;
import dev.quench.data.image.Normalization;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import java.io.IOException;
import java.io.InputStream;

/// The Fashion-MNIST images and the trained network that are bundled as resources.
public final class BundledSample {
  public static final String MODEL = "nin-fashion-mnist.onnx";
  public static final String VGG = "vgg-fashion-mnist.onnx";

  /// Packed.
  public static final String VGG_BINARY = "vgg-w1a1-fashion-mnist.onnx";

  private BundledSample() {}

  /// A trained network, unfused.
  public static Model model(String name) throws IOException {
    try (InputStream in = open(name)) {
      return OnnxReader.read(in.readAllBytes(), name);
    }
  }

  /// The 10,000 test images, or the 5,000 for training.
  public static IdxDataset images(boolean training, Normalization normalization, String inputName)
      throws IOException {
    String part = training ? "train" : "t10k";
    String images = part + "-images-idx3-ubyte.gz";
    String labels = part + "-labels-idx1-ubyte.gz";
    try (InputStream imageStream = open(images);
        InputStream labelStream = open(labels)) {
      return IdxDataset.read(
          "bundled Fashion-MNIST " + images,
          imageStream,
          "bundled Fashion-MNIST " + labels,
          labelStream,
          normalization,
          inputName);
    }
  }

  private static InputStream open(String name) {
    InputStream in = BundledSample.class.getResourceAsStream("/dev/quench/cli/demo/" + name);
    if (in == null) {
      throw new CommandException(
          "the bundled file " + name + " is missing from this build; build or install Quench anew");
    }
    return in;
  }
}
