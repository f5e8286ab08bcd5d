// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.histogram.HistogramTest;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationData;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.TableDiff;
import dev.quench.calibration.table.TableHeader;
import dev.quench.calibration.table.TensorRange;
import dev.quench.digest.Sha256;
import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.CalibrationException;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which changes of a real network leave a table valid.
class ModelIdentityTest {
  private static final String NIN =
      "../cli/src/main/resources/dev/quench/cli/demo/nin-fashion-mnist.onnx";

  private static Model load(String name) throws IOException {
    if (name.equals(NIN)) {
      return OnnxReader.read(Path.of(name));
    }
    try (InputStream in = ModelIdentityTest.class.getResourceAsStream("/models/" + name)) {
      return OnnxReader.read(in.readAllBytes(), name);
    }
  }

  /// A table of all convolutions' outputs, as if it had been measured.
  private static CalibrationTable table(Model model) {
    Map<String, String> digests = ModelDigest.ofTensors(model);
    Map<String, Histogram> histograms = new LinkedHashMap<>();
    List<TensorRange> ranges = new ArrayList<>();
    for (Node node : model.graph().nodes()) {
      if (node.is("Conv")) {
        String name = node.output(0).name();
        Histogram histogram = HistogramTest.of(1f, ranges.size() + 2f);
        histograms.put(name, histogram);
        ranges.add(
            TensorRange.of(name, Optional.of(digests.get(name)), RangeMethod.minMax(), histogram));
      }
    }
    TableHeader header =
        new TableHeader(
            TableHeader.thisTool(),
            Optional.of(ModelDigest.of(model)),
            "minmax",
            "",
            List.of(new CalibrationData(Sha256.hex(new byte[0]), "data", 1, false)),
            FedInputs.names(model));
    return new CalibrationTable(header, ranges, histograms, null);
  }

  private static void renameInside(Model model) {
    int number = 0;
    for (Value value : List.copyOf(model.graph().values())) {
      if (!value.isGraphInput() && !model.graph().outputs().contains(value)) {
        model.graph().rename(value, "renamed " + number++);
      }
    }
    model.graph().nodes().forEach(node -> node.setName("other " + node.name()));
    model.setProducer("another exporter", "9");
  }

  private static List<Double> thresholdsOfConvolutions(CalibrationTable table, Model model) {
    return model.graph().nodes().stream()
        .filter(node -> node.is("Conv"))
        .map(node -> table.threshold(node.output(0).name()).orElseThrow())
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {NIN, "ch_PP-OCRv3_det_infer.onnx", "ch_PP-OCRv4_rec_infer.onnx"})
  void staysWhenTheModelIsExportedAnew(String name) throws IOException {
    Model model = load(name);
    CalibrationTable table = table(model);
    List<Double> expected = thresholdsOfConvolutions(table, model);
    assertThat(expected).isNotEmpty();
    assertThat(table.forModel(load(name))).isSameAs(table);

    Model renamed = load(name);
    renameInside(renamed);
    Model reread = OnnxReader.read(OnnxWriter.toBytes(renamed), "renamed");
    CalibrationTable rebound = table.forModel(reread);
    assertThat(thresholdsOfConvolutions(rebound, reread)).isEqualTo(expected);
    assertThat(rebound.hasHistograms()).isTrue();
    assertThat(TableDiff.of(table, rebound).isEmpty()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {NIN, "ch_PP-OCRv3_det_infer.onnx", "ch_PP-OCRv4_rec_infer.onnx"})
  void staysUnderAnotherOpset(String name) throws IOException {
    Model model = load(name);
    CalibrationTable table = table(model);
    Model upgraded = load(name);
    assertThat(new OpsetUpgrade(17).apply(upgraded)).isTrue();

    assertThat(thresholdsOfConvolutions(table.forModel(upgraded), upgraded))
        .isEqualTo(thresholdsOfConvolutions(table, model));
  }

  @ParameterizedTest
  @ValueSource(strings = {NIN, "ch_PP-OCRv3_det_infer.onnx"})
  void staysWhenAFixedShapeBecomesDynamic(String name) throws IOException {
    CalibrationTable table = table(load(name));
    Model dynamic = load(name);
    Value input = dynamic.graph().requiredInputs().getFirst();
    input.setType(
        ValueType.tensor(
            input.dataType().orElseThrow(),
            input.shape().orElseThrow().with(0, Dim.of("anything")).with(2, Dim.of("high"))));
    ShapeInference.infer(dynamic);

    assertThat(table.forModel(dynamic)).isSameAs(table);
  }

  @ParameterizedTest
  @ValueSource(strings = {NIN, "ch_PP-OCRv3_det_infer.onnx"})
  void goesWithOneWeight(String name) throws IOException {
    CalibrationTable table = table(load(name));
    Model changed = load(name);
    Value weight =
        changed.graph().nodes().stream()
            .filter(node -> node.is("Conv"))
            .findFirst()
            .orElseThrow()
            .input(1);
    Tensor tensor = weight.constant().orElseThrow();
    float[] values = tensor.toFloats();
    values[0] = Math.nextUp(values[0]);
    Node conv =
        changed.graph().nodes().stream().filter(node -> node.is("Conv")).findFirst().orElseThrow();
    conv.setInput(
        1,
        changed.graph().addInitializer("changed weight", Tensor.ofFloats(tensor.shape(), values)));

    refused(table, changed);
  }

  @ParameterizedTest
  @ValueSource(strings = {NIN, "ch_PP-OCRv3_det_infer.onnx"})
  void goesWithOneAttribute(String name) throws IOException {
    CalibrationTable table = table(load(name));
    Model changed = load(name);
    changed.graph().nodes().stream()
        .filter(node -> node.is("Conv"))
        .reduce((_, last) -> last)
        .orElseThrow()
        .setAttribute("dilations", AttributeValue.ofInts(2, 2));

    refused(table, changed);
  }

  private static void refused(CalibrationTable table, Model changed) {
    assertThatThrownBy(() -> table.forModel(changed))
        .isInstanceOf(CalibrationException.class)
        .hasMessageContaining(table.header().modelDigest().orElseThrow())
        .hasMessageContaining(ModelDigest.of(changed))
        .message()
        .doesNotContain("\n");
  }
}
