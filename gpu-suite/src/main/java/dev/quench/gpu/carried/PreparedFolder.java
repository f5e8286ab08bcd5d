// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.carried;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.data.array.IdxDataset;
import dev.quench.data.array.NpyFile;
import dev.quench.data.image.Normalization;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;

/// The folder that `gpu-suite/run --prepare` creates: `models/`, `data/`, `references/`.
public record PreparedFolder(Path root) {
  /// The input normalization with which the demo's network was trained.
  private static final Normalization FASHION =
      Normalization.of(new double[] {0.286}, new double[] {0.353}, 1 / 255.0);

  /// The folder that the system property `quench.suite` names.
  ///
  /// @throws IllegalStateException if it is not set
  public static PreparedFolder current() {
    String root = System.getProperty("quench.suite");
    if (root == null) {
      throw new IllegalStateException(
          "the system property quench.suite is not set; set it to the prepared folder");
    }
    return new PreparedFolder(Path.of(root));
  }

  public Path modelFile(Network network, Variant variant) {
    return root.resolve("models").resolve(network.fileName(variant));
  }

  public Model model(Network network, Variant variant) throws IOException {
    return OnnxReader.read(modelFile(network, variant));
  }

  public Path data(String name) {
    return root.resolve("data").resolve(name);
  }

  public Path reference(String name) {
    return root.resolve("references").resolve(name);
  }

  /// Opens the 10,000 test images of Fashion-MNIST, or 5,000 training images.
  public IdxDataset fashion(boolean training) throws IOException {
    String part = training ? "train" : "t10k";
    return IdxDataset.open(
        data(part + "-images-idx3-ubyte.gz"),
        data(part + "-labels-idx1-ubyte.gz"),
        FASHION,
        Network.NIN.input());
  }

  /// The inputs of one case of a network; for [Network#NIN] they are the images of [#fashion].
  public Tensor inputs(Network network, String shape) throws IOException {
    return NpyFile.read(inputsFile(network, shape));
  }

  public Path inputsFile(Network network, String shape) {
    return reference("%s.%s.input.npy".formatted(network.label(), shape));
  }

  /// The outputs that ONNX Runtime computed from those inputs on the CPU.
  public Tensor outputs(Network network, Variant variant, String shape) throws IOException {
    return NpyFile.read(outputsFile(network, variant, shape));
  }

  public Path outputsFile(Network network, Variant variant, String shape) {
    return reference("%s.%s.%s.npy".formatted(network.label(), shape, variant.label()));
  }

  /// The ranges of every tensor of [Network#NIN] by one calibration method.
  public CalibrationTable table(String method) throws IOException {
    return CalibrationTable.read(tableFile(method));
  }

  public Path tableFile(String method) {
    return reference("nin.%s.calibration.json".formatted(method.replace(':', '-')));
  }
}
