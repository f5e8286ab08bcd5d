// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.ValueType;
import dev.quench.run.Precision;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.trt.Models;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NetworkTypingTest {
  @ParameterizedTest
  @EnumSource(names = "INT8", mode = EnumSource.Mode.EXCLUDE)
  void plainModelsTakeEveryFlag(Precision precision) {
    NetworkTyping typing = NetworkTyping.of(Models.relu(4));
    assertThat(typing.stronglyTyped()).isFalse();
    assertThatCode(() -> typing.require(precision, false)).doesNotThrowAnyException();
  }

  @Test
  void plainModelsAreNotInt8() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NetworkTyping.of(Models.relu(4)).require(Precision.INT8, false))
        .withMessageContaining("needs QuantizeLinear and DequantizeLinear nodes")
        .withMessageContaining("quantize it first");
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "FP32", "TF32"})
  void quantizedModelsAreStronglyTyped(Precision precision) {
    NetworkTyping typing = NetworkTyping.of(Models.quantized());
    assertThat(typing.stronglyTyped()).isTrue();
    assertThatCode(() -> typing.require(precision, false)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @EnumSource(names = {"FP16", "BF16"})
  void quantizedModelsTakeNoPrecisionFlag(Precision precision) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NetworkTyping.of(Models.quantized()).require(precision, false))
        .withMessageContaining("strongly typed")
        .withMessageContaining("no " + precision + " flag");
  }

  @Test
  void aModelCastToHalfIsHalfByItself() {
    NetworkTyping typing = NetworkTyping.of(cast(DataType.FLOAT16.onnxCode()));
    assertThat(typing.stronglyTyped()).isTrue();
    assertThatCode(() -> typing.require(Precision.FP16, false)).doesNotThrowAnyException();
    assertThatIllegalArgumentException().isThrownBy(() -> typing.require(Precision.BF16, false));
  }

  @Test
  void castsBetweenWideTypesDoNotMatter() {
    assertThat(NetworkTyping.of(cast(DataType.INT64.onnxCode())).stronglyTyped()).isFalse();
  }

  @Test
  void castsToNonsenseAreLeftToOthers() {
    assertThat(NetworkTyping.of(cast(Long.MAX_VALUE)).stronglyTyped()).isFalse();
    assertThat(NetworkTyping.of(cast(-1)).stronglyTyped()).isFalse();
  }

  private static Model cast(long to) {
    Graph graph = new Graph("g", OpsetImports.onnx(17));
    var x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1)));
    var node = graph.append(NodeBuilder.of("Cast").inputs(x).output("y").attribute("to", to));
    graph.addOutput(node.output(0));
    return new Model(graph, 8);
  }
}
