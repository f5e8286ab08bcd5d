// SPDX-License-Identifier: Apache-2.0
package dev.quench.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.cli.Main;
import dev.quench.data.array.IdxDataset;
import dev.quench.data.image.Normalization;
import dev.quench.onnx.OnnxReader;
import dev.quench.pipeline.quantize.QuantizedModel;
import dev.quench.report.EvaluationReport;
import dev.quench.run.Precision;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs the programs that stand in the README on the bundled network and images.
class ExamplesTest {
  @TempDir static Path folder;
  private static Path fp32;
  private static Path int8;
  private static CalibrationTable table;
  private static QuantizedModel quantized;

  @BeforeAll
  static void calibrateAndQuantize() throws IOException {
    fp32 = folder.resolve("model.onnx");
    int8 = folder.resolve("model.int8.onnx");
    try (InputStream in = resource("nin-fashion-mnist.onnx")) {
      Files.copy(in, fp32);
    }
    table = CalibrateOnce.run(fp32, images("train").limit(64), images("t10k").limit(32), folder);
    quantized = QuantizeToInt8.run(fp32, images("train").limit(64), int8);
  }

  @Test
  void calibrateOnceWritesACacheThatItsTableVouchesFor() throws IOException {
    CalibrationTable read = CalibrationTable.read(folder.resolve("calibration.json"));
    read.requireCache(TensorRtCache.read(folder.resolve("calibration.cache")));
    assertThat(read.names()).isEqualTo(table.names()).isNotEmpty();
    assertThat(read.header().data()).hasSize(2);
  }

  @Test
  void quantizeToInt8WritesWhatItReports() throws IOException {
    assertThat(quantized.report().layers()).hasSize(9);
    assertThat(Precision.of(OnnxReader.read(int8))).isEqualTo(Precision.INT8);
  }

  @Test
  void buildAndRunInt8RunsWhereverItIs() throws IOException {
    Tensor blank = Tensor.ofFloats(Shape.of(1, 1, 28, 28), new float[28 * 28]);
    Map<String, Tensor> outputs =
        BuildAndRunInt8.run(int8, Map.of("image", blank), folder.resolve("model.engine"));
    assertThat(outputs.get("logits").shape()).isEqualTo(Shape.of(1, 10));
  }

  @Test
  void evaluateVariantsComparesBoth() throws IOException {
    EvaluationReport report = EvaluateVariants.run(fp32, int8, images("t10k").limit(500));
    assertThat(report.results()).hasSize(2);
    assertThat(report.results().getLast().scores().get("top1")).isGreaterThan(0.88);
  }

  private static IdxDataset images(String part) throws IOException {
    try (InputStream images = resource(part + "-images-idx3-ubyte.gz");
        InputStream labels = resource(part + "-labels-idx1-ubyte.gz")) {
      Normalization normalization = new Normalization(1 / 255.0, List.of(0.2860), List.of(0.3530));
      return IdxDataset.read("images", images, "labels", labels, normalization, "image");
    }
  }

  private static InputStream resource(String name) {
    return Main.class.getResourceAsStream("demo/" + name);
  }
}
