// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.calibration.CalibrationTable;
import dev.quench.calibration.Calibrator;
import dev.quench.calibration.RangeMethod;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.Sensitivity;
import dev.quench.compress.quantize.SensitivitySearch;
import dev.quench.data.Batch;
import dev.quench.data.Dataset;
import dev.quench.eval.TensorComparison;
import dev.quench.export.OpsetUpgrade;
import dev.quench.graph.Model;
import dev.quench.graph.PassPipeline;
import dev.quench.onnx.OnnxReader;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The PP-OCR v3 text detector, calibrated on rendered pages, against itself in FP32 on other
/// pages.
class PpOcrDetectionTest {
  private static final int SIDE = 320;
  private static final OnnxRuntimeBackend BACKEND = new OnnxRuntimeBackend();

  @Test
  void keepsItsOutputInInt8() throws IOException {
    Model model = read("/models/ch_PP-OCRv3_det_infer.onnx");
    new PassPipeline(List.of(new OpsetUpgrade(13))).apply(model);
    Fusion.standard(BACKEND).apply(model);
    String input = model.graph().requiredInputs().getFirst().name();
    String output = model.graph().outputs().getFirst().name();

    Dataset calibration = new RenderedPages(input, 1, 24, SIDE);
    CalibrationTable ranges =
        Calibrator.using(BACKEND)
            .method(RangeMethod.entropy())
            .threads(2)
            .calibrate(model, QdqPlacement.tensors(model), calibration);
    Sensitivity sensitivity =
        SensitivitySearch.using(BACKEND)
            .search(model, ranges, inputs(calibration.limit(12)), 0.997);
    QdqOptions options = QdqOptions.DEFAULT.withExcludedNodes(sensitivity.excludedNodes());
    Model quantized = model.copy();
    QuantizationReport report = new InsertQdq(ranges, options).insert(quantized);
    assertThat(report.layers()).as("layers in INT8").hasSizeGreaterThan(20);

    Dataset others = new RenderedPages(input, 2, 8, SIDE);
    try (Session exact = BACKEND.open(model, SessionOptions.DEFAULT);
        Session int8 = BACKEND.open(quantized, SessionOptions.DEFAULT);
        Stream<Batch> pages = others.batches(1)) {
      pages.forEachOrdered(page -> {
        Tensor expected = exact.run(page.inputs()).get(output);
        Tensor actual = int8.run(page.inputs()).get(output);
        assertThat(highest(expected)).as("highest text probability").isGreaterThan(0.8f);
        assertThat(TensorComparison.of(expected, actual).cosine()).isGreaterThanOrEqualTo(0.99);
      });
    }
  }

  private static List<Map<String, Tensor>> inputs(Dataset data) throws IOException {
    try (Stream<Batch> batches = data.batches(1)) {
      return batches.map(Batch::inputs).toList();
    }
  }

  private static float highest(Tensor map) {
    float most = 0;
    for (float probability : map.toFloats()) {
      most = Math.max(most, probability);
    }
    return most;
  }

  private static Model read(String resource) throws IOException {
    try (InputStream bytes = PpOcrDetectionTest.class.getResourceAsStream(resource)) {
      assertThat(bytes).as(resource).isNotNull();
      return OnnxReader.read(bytes.readAllBytes(), resource);
    }
  }
}
