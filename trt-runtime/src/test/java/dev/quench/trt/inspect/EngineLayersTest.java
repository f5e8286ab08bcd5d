// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.tensor.DataType;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.inspect.EngineLayer.LayerTensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EngineLayersTest {
  static EngineLayers read(String resource) {
    try (InputStream in = EngineLayersTest.class.getResourceAsStream(resource)) {
      return EngineLayers.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void readsTensorRt10() {
    EngineLayers layers = read("inspector-10.json");
    assertThat(layers.ioTensors()).containsExactly("image", "y");
    assertThat(layers.detailed()).isTrue();
    EngineLayer convolution = layers.layers().get(1);
    assertThat(convolution.name()).isEqualTo("conv1 + relu1");
    assertThat(convolution.nodes()).containsExactly("conv1", "relu1");
    assertThat(convolution.weights()).hasValue(DataType.INT8);
    assertThat(convolution.tactic()).startsWith("sm80_xmma_fprop");
    assertThat(convolution.isWeighted()).isTrue();
    assertThat(layers.layers().getFirst().isReformat()).isTrue();
    assertThat(layers.layers().get(2).isQuantization()).isTrue();
    assertThat(layers.layers().getLast().isNoOperation()).isTrue();
  }

  @Test
  void readsTensorRt11() {
    EngineLayers layers = read("inspector-11.json");
    assertThat(layers.ioTensors()).containsExactly("image", "y");
    assertThat(layers.layers().getLast().precision()).hasValue(DataType.FLOAT16);
    assertThat(layers.layers().getLast().isWeighted()).isFalse();
  }

  @Test
  void bothFormsOfOneEngineSayTheSame() {
    EngineLayers ten = read("inspector-nin-10.json");
    EngineLayers eleven = read("inspector-nin-11.json");
    assertThat(eleven.ioTensors()).isEqualTo(ten.ioTensors()).containsExactly("image", "logits");
    assertThat(eleven.detailed()).isTrue();
    assertThat(eleven.layers())
        .hasSize(7)
        .map(EngineLayersTest::withoutFormats)
        .isEqualTo(ten.layers().stream().map(EngineLayersTest::withoutFormats).toList());
    assertThat(eleven.countsByPrecision())
        .isEqualTo(ten.countsByPrecision())
        .isEqualTo(Map.of("int8", 5, "reformat", 1, "float16", 1));
    assertThat(eleven.layers().get(5).outputs().getFirst().type()).hasValue(DataType.FLOAT16);
  }

  /// The two releases word layouts differently.
  private static EngineLayer withoutFormats(EngineLayer layer) {
    return new EngineLayer(
        layer.name(),
        layer.type(),
        layer.operation(),
        layer.origin(),
        withoutFormat(layer.inputs()),
        withoutFormat(layer.outputs()),
        layer.weights(),
        layer.tactic(),
        layer.nodes());
  }

  private static List<LayerTensor> withoutFormat(List<LayerTensor> tensors) {
    return tensors.stream().map(each -> new LayerTensor(each.name(), "", each.type())).toList();
  }

  @Test
  void takesTheTypeOfTensorRt11FromItsFieldAlone() {
    EngineLayers layers =
        EngineLayers.parse(
            """
            {"Layers": [{"Name": "cast", "Inputs": [
              {"Name": "x", "Format": "Row major linear FP32 format (kLINEAR)", "Datatype": "BFloat16"}
            ]}], "I/O Tensors": []}\
            """);
    LayerTensor tensor = layers.layers().getFirst().inputs().getFirst();
    assertThat(tensor.type()).hasValue(DataType.BFLOAT16);
    assertThat(tensor.format()).isEqualTo("Row major linear FP32 format (kLINEAR) BFloat16");
  }

  @Test
  void countsAConvolutionThatTensorRtCallsACorrelation() {
    EngineLayers layers =
        EngineLayers.parse(
            "{\"Layers\": [{\"Name\": \"conv\", \"LayerType\": \"correlation\"}], \"Bindings\": []}");
    assertThat(layers.layers().getFirst().isWeighted()).isTrue();
  }

  @Test
  void readsNamesThatRawControlCharactersSeparate() {
    EngineLayers layers =
        EngineLayers.parse(
            "{\"Layers\": [{\"Name\": \"c\", \"Metadata\": \"[ONNX Layer: a]\u001e[ONNX Layer: b]\"}], \"Bindings\": []}");
    assertThat(layers.layers().getFirst().nodes()).containsExactly("a", "b");
  }

  @Test
  void countsLayersByPrecision() {
    assertThat(read("inspector-10.json").countsByPrecision())
        .isEqualTo(Map.of("float", 2, "int8", 2, "reformat", 1));
  }

  @ParameterizedTest
  @CsvSource({
    "Row major linear FP32, FLOAT",
    "Float, FLOAT",
    "Half, FLOAT16",
    "Channel major FP16 format where channel % 4 == 0, FLOAT16",
    "Thirty-two wide channel vectorized row major Int8 format., INT8",
    "Int8 NC/32HW32, INT8",
    "BFloat16, BFLOAT16",
    "Row major linear BF16, BFLOAT16",
    "FP8, FLOAT8E4M3FN",
    "Int64, INT64",
    "Bool, BOOL"
  })
  void knowsHowTypesAreSpelt(String format, DataType type) {
    assertThat(EngineLayers.type(format)).hasValue(type);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "N/A due to dynamic shapes", "Row major linear", "NC/32HW32"})
  void knowsThatThereIsNoType(String format) {
    assertThat(EngineLayers.type(format)).isEmpty();
  }

  @Test
  void readsNamesAloneOfAnEngineWithoutDetails() {
    EngineLayers layers =
        EngineLayers.parse("{\"Layers\": [\"conv1 + relu1\", \"pool\"], \"Bindings\": [\"x\"]}");
    assertThat(layers.detailed()).isFalse();
    assertThat(layers.layers())
        .extracting(EngineLayer::name)
        .containsExactly("conv1 + relu1", "pool");
    assertThat(layers.countsByPrecision()).isEqualTo(Map.of("unknown", 2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "null", "{\"Layers\": 3}", "{\"layers\": []}"})
  void refusesWhatIsNoDescription(String json) {
    assertThatExceptionOfType(TensorRtException.class)
        .isThrownBy(() -> EngineLayers.parse(json))
        .withMessageContaining("description of its layers");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"Layers\": []}",
        "{\"Layers\": [], \"IOTensors\": []}",
        "{\"Layers\": [], \"Bindings\": {}}",
        "{\"Layers\": [], \"Bindings\": [3]}",
        "{\"Layers\": [], \"I/O Tensors\": [{\"name\": \"x\"}]}",
        "{\"Layers\": [7], \"Bindings\": []}",
        "{\"Layers\": [{}], \"Bindings\": []}",
        "{\"Layers\": [{\"Name\": \"a\", \"Inputs\": [\"x\"]}], \"Bindings\": []}",
        "{\"Layers\": [{\"Name\": \"a\", \"Outputs\": [{\"Name\": \"x\", \"Type\": \"Half\"}]}], \"Bindings\": []}"
      })
  void refusesAnUnknownForm(String json) {
    assertThatExceptionOfType(TensorRtException.class)
        .isThrownBy(() -> EngineLayers.parse(json))
        .withMessageContaining("is unknown: expected")
        .withMessageContaining("may be newer than Quench");
  }
}
