// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.calibration.Calibrator;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.report.RangeHistograms;
import dev.quench.run.Precision;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportSectionTest {
  private static final String HOSTILE = "<b>x</b>";
  private static final OnnxRuntimeBackend BACKEND = new OnnxRuntimeBackend();
  private static final Tensor INPUT = Tensor.ofFloats(Shape.of(1, 4), 1, 2, -3, 4);

  @Test
  void measuresTheErrorOfSharedTensors() {
    LayerErrors errors =
        LayerErrors.measure(
            candidate("exact", 2),
            List.of(candidate("off", 2.2f), candidate("same", 2)),
            samples());

    // doubled = 2x against 2.2x: 20 log10(2 / 0.2).
    assertThat(errors.decibelByTensor()).containsOnlyKeys(HOSTILE);
    Map<String, Double> decibels = errors.decibelByTensor().get(HOSTILE);
    assertThat(decibels.get("off, onnxruntime FP32")).isBetween(19.99, 20.01);
    assertThat(decibels.get("same, onnxruntime FP32")).isInfinite();
    assertThat(errors.toHtml())
        .contains("20.0", "same")
        .doesNotContain(HOSTILE)
        .contains("&#60;b&#62;");
  }

  @Test
  void drawsAHistogramForEachRange() throws IOException {
    CalibrationTable table =
        Calibrator.using(BACKEND)
            .method(RangeMethod.minMax())
            .calibrate(
                model(2),
                Set.of("input", HOSTILE),
                TensorDataset.of("one sample", samples().getFirst()));

    String html = RangeHistograms.of(table).toHtml();

    assertThat(html.split("<svg ", -1)).hasSize(3);
    assertThat(html).contains("of 8.000", "0.00 % clipped").doesNotContain(HOSTILE);
  }

  @Test
  void saysThatHistogramsAreMissing(@TempDir Path folder) throws IOException {
    CalibrationTable table =
        Calibrator.using(BACKEND)
            .method(RangeMethod.minMax())
            .calibrate(
                model(2), Set.of("input"), TensorDataset.of("one sample", samples().getFirst()));
    Path file = folder.resolve("table.json");
    table.write(file);
    CalibrationTable read = CalibrationTable.read(file);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RangeHistograms.of(read))
        .withMessageContaining("histogram file");
  }

  private static List<Map<String, Tensor>> samples() {
    return List.of(Map.of("input", INPUT));
  }

  private static Candidate candidate(String name, float factor) {
    return new Candidate(name, model(factor), BACKEND, Precision.FP32, 1);
  }

  private static Model model(float factor) {
    Graph graph = new Graph("net", OpsetImports.onnx(13));
    ValueType type = ValueType.tensor(DataType.FLOAT, Shape.of(Dim.of("N"), Dim.of(4)));
    Value input = graph.addInput("input", type);
    Value scaled =
        graph
            .append(
                NodeBuilder.of("Mul")
                    .inputs(input, graph.addConstant("factor", Tensor.scalar(factor)))
                    .output(HOSTILE, type))
            .output(0);
    graph.addOutput(
        graph.append(NodeBuilder.of("Relu").inputs(scaled).output("y", type)).output(0));
    return new Model(graph, 8);
  }
}
