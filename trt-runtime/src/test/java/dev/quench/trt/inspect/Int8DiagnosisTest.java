// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.run.LayerTimes;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.inspect.Int8Diagnosis.Kind;
import dev.quench.trt.inspect.Int8Diagnosis.Observation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class Int8DiagnosisTest {
  private static final EngineLayers SLOW = EngineLayersTest.read("inspector-10.json");

  @Test
  void findsWhatDoesNotRunInInt8() {
    assertThat(Int8Diagnosis.of(SLOW).counts())
        .isEqualTo(
            Map.of(
                Kind.UNFUSED_QDQ, 1, Kind.NOT_QUANTIZED, 1, Kind.REFORMAT, 1, Kind.FP32_REST, 1));
  }

  @Test
  void tellsLayersThatWereMeantToRunInInt8() {
    Int8Diagnosis diagnosis =
        Int8Diagnosis.of(SLOW, Optional.of(model("conv2")), Optional.empty(), List.of());
    assertThat(diagnosis.observations())
        .filteredOn(o -> o.layer().equals("conv2"))
        .extracting(Observation::kind)
        .containsExactly(Kind.FLOAT_THOUGH_QUANTIZED);
    Int8Diagnosis other =
        Int8Diagnosis.of(SLOW, Optional.of(model("conv9")), Optional.empty(), List.of());
    assertThat(other.observations())
        .filteredOn(o -> o.layer().equals("conv2"))
        .extracting(Observation::kind)
        .containsExactly(Kind.NOT_QUANTIZED);
  }

  @Test
  void putsTheCostliestFirst() {
    Map<String, Double> millis = new LinkedHashMap<>();
    millis.put("Reformatting CopyNode for Input Tensor 0 to conv1 + relu1", 0.5);
    millis.put("conv1 + relu1", 0.2);
    millis.put("relu1_DequantizeLinear", 0.1);
    millis.put("conv2", 0.2);
    Int8Diagnosis diagnosis =
        Int8Diagnosis.of(SLOW, Optional.empty(), Optional.of(LayerTimes.of(millis, 10)), List.of());
    assertThat(diagnosis.observations())
        .extracting(Observation::kind)
        .containsExactly(Kind.REFORMAT, Kind.NOT_QUANTIZED, Kind.UNFUSED_QDQ, Kind.FP32_REST);
    assertThat(diagnosis.lines(1))
        .hasSize(3)
        .satisfies(lines -> {
          assertThat(lines.getFirst())
              .isEqualTo("layers by precision: {int8=2, float=2, reformat=1}");
          assertThat(lines.get(1))
              .startsWith(" 50.0 %  'Reformatting CopyNode")
              .contains("an edge between precisions");
          assertThat(lines.get(2)).startsWith("and 3 more of {");
        });
  }

  @Test
  void passesOnWhatTensorRtGaveUp() {
    Int8Diagnosis diagnosis =
        Int8Diagnosis.of(
            SLOW,
            Optional.empty(),
            Optional.empty(),
            List.of(
                "warning: something else",
                "warning: Q/DQ nodes will not be fused because INT8 is slower than FP16"));
    assertThat(diagnosis.observations())
        .filteredOn(o -> o.kind() == Kind.GIVEN_UP)
        .extracting(Observation::explanation)
        .containsExactly(
            "TensorRT says: warning: Q/DQ nodes will not be fused because INT8 is slower than FP16");
  }

  @Test
  void findsNothingInAGoodEngine() {
    Int8Diagnosis diagnosis = Int8Diagnosis.of(EngineLayersTest.read("inspector-11.json"));
    assertThat(diagnosis.observations()).isEmpty();
    assertThat(diagnosis.lines(5).getLast()).startsWith("nothing stands out");
  }

  /// What the network is fed has to be quantized.
  @Test
  void takesNoQuantizationOfAnInputForAReformat() {
    for (String release : List.of("10", "11")) {
      assertThat(
              Int8Diagnosis.of(EngineLayersTest.read("inspector-nin-" + release + ".json"))
                  .observations())
          .isEmpty();
    }
  }

  @Test
  void takesAQuantizationThatRunsAsAReformatForOneThatWasNotFused() {
    EngineLayers layers =
        EngineLayers.parse(
            """
            {"Layers": [{"Name": "a_QuantizeLinear", "LayerType": "Reformat", "Origin": "QDQ",
              "Inputs": [{"Name": "a", "Format/Datatype": "Half"}],
              "Outputs": [{"Name": "b", "Format/Datatype": "Int8"}]},
             {"Name": "conv", "LayerType": "CaskConvolution", "Weights": {"Type": "Int8", "Count": 3}}],
             "Bindings": ["image"]}\
            """);
    assertThat(Int8Diagnosis.of(layers).counts()).isEqualTo(Map.of(Kind.UNFUSED_QDQ, 1));
  }

  @Test
  void namesTheLayersThatStayInFp32() {
    assertThat(Int8Diagnosis.of(SLOW).observations())
        .filteredOn(o -> o.kind() == Kind.FP32_REST)
        .extracting(Observation::explanation)
        .containsExactly(
            "1 layer runs in FP32 and none in FP16, besides convolutions and matrix products: 'pool'; cast what is not quantized to FP16");
    assertThat(Int8Diagnosis.of(SLOW).observations())
        .filteredOn(o -> o.kind() == Kind.NOT_QUANTIZED)
        .extracting(Observation::explanation)
        .containsExactly("runs in FP32");
  }

  @Test
  void saysThatNothingRunsInInt8() {
    EngineLayers layers =
        EngineLayers.parse(
            "{\"Layers\": [{\"Name\": \"conv\", \"LayerType\": \"CaskConvolution\", \"Weights\": {\"Type\": \"Half\", \"Count\": 3}}], \"Bindings\": []}");
    assertThat(Int8Diagnosis.of(layers).counts())
        .isEqualTo(Map.of(Kind.NO_INT8, 1, Kind.NOT_QUANTIZED, 1));
  }

  @Test
  void saysThatTypesAreNotKnown() {
    assertThat(
            Int8Diagnosis.of(EngineLayers.parse("{\"Layers\": [\"conv\"], \"Bindings\": []}"))
                .counts())
        .isEqualTo(Map.of(Kind.UNKNOWN_TYPES, 1));
  }

  /// One node of that name whose input is dequantized.
  private static Model model(String name) {
    Shape shape = Shape.of(4);
    Graph graph = new Graph("m", OpsetImports.onnx(17));
    Value x = graph.addInput("x", ValueType.tensor(DataType.INT8, shape));
    Value scale = graph.addInitializer("scale", Tensor.scalar(0.5f));
    Value real =
        graph
            .append(
                NodeBuilder.of("DequantizeLinear")
                    .inputs(x, scale)
                    .output("real", ValueType.tensor(DataType.FLOAT, shape)))
            .output(0);
    graph.addOutput(
        graph
            .append(
                NodeBuilder.of("Relu")
                    .name(name)
                    .inputs(real)
                    .output("y", ValueType.tensor(DataType.FLOAT, shape)))
            .output(0));
    return new Model(graph, 8);
  }
}
