// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import dev.quench.data.IdxDataset;
import dev.quench.data.Normalization;
import dev.quench.export.OpsetUpgrade;
import dev.quench.graph.Model;
import dev.quench.graph.PassPipeline;
import dev.quench.onnx.OnnxReader;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// The networks and data of the steps.
final class SuiteModels {
  static final String DETECTOR = "ch_PP-OCRv4_det_infer.onnx";

  private static final int OPSET_OF_PER_CHANNEL_SCALES = 13;

  private static final Normalization FASHION =
      Normalization.of(new double[] {0.286}, new double[] {0.353}, 1 / 255.0);

  private SuiteModels() {}

  static Model nin() throws IOException {
    return OnnxReader.read(PreparedFolder.model("nin-fashion-mnist.onnx"));
  }

  /// The 10,000 test images, or 5,000 others.
  static IdxDataset fashion(boolean training) throws IOException {
    String part = training ? "train" : "t10k";
    return IdxDataset.open(
        PreparedFolder.data(part + "-images-idx3-ubyte.gz"),
        PreparedFolder.data(part + "-labels-idx1-ubyte.gz"),
        FASHION,
        "image");
  }

  static Model detector() throws IOException {
    try (InputStream in =
        SuiteModels.class.getClassLoader().getResourceAsStream("models/" + DETECTOR)) {
      if (in == null) {
        throw new IOException("models/" + DETECTOR + " is not on the class path");
      }
      Model model = OnnxReader.read(in.readAllBytes(), DETECTOR);
      new PassPipeline(List.of(new OpsetUpgrade(OPSET_OF_PER_CHANNEL_SCALES))).apply(model);
      return model;
    }
  }

  /// Pages with dark strokes in lines, normalized as the detector expects: `[pages, 3, 320, 320]`.
  static Tensor pages(int pages, long seed) {
    int side = 320;
    float[] values = new float[pages * 3 * side * side];
    SplittableRandom random = new SplittableRandom(seed);
    for (int page = 0; page < pages; page++) {
      float[] grey = new float[side * side];
      Arrays.fill(grey, 2.2f);
      for (int line = 20; line < side - 20; line += 28) {
        for (int x = 16; x < side - 20; x += 5 + random.nextInt(8)) {
          int height = 8 + random.nextInt(8);
          for (int y = line; y < line + height; y++) {
            grey[y * side + x] = -2;
            grey[y * side + x + 1] = -1.5f;
          }
        }
      }
      for (int channel = 0; channel < 3; channel++) {
        System.arraycopy(grey, 0, values, (page * 3 + channel) * side * side, side * side);
      }
    }
    return Tensor.ofFloats(Shape.of(pages, 3, side, side), values);
  }
}
