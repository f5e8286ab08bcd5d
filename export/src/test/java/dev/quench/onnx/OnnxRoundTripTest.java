// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static dev.quench.onnx.OnnxProtos.assertSurvives;
import static dev.quench.onnx.OnnxProtos.attribute;
import static dev.quench.onnx.OnnxProtos.entry;
import static dev.quench.onnx.OnnxProtos.floats;
import static dev.quench.onnx.OnnxProtos.graph;
import static dev.quench.onnx.OnnxProtos.model;
import static dev.quench.onnx.OnnxProtos.node;
import static dev.quench.onnx.OnnxProtos.rawFloats;
import static dev.quench.onnx.OnnxProtos.read;
import static dev.quench.onnx.OnnxProtos.relu;
import static dev.quench.onnx.OnnxProtos.unknown;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.UnknownFieldSet;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.Model;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import dev.quench.onnx.proto.OnnxProto.OperatorSetIdProto;
import dev.quench.onnx.proto.OnnxProto.TensorAnnotation;
import dev.quench.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What has to survive reading and writing, message by message: files as others write them come
/// back as they were.
class OnnxRoundTripTest {
  @Nested
  class WordsAndNumbersAroundTheGraph {
    @Test
    void headerMetadataAndUnusedImports() throws Exception {
      assertSurvives(
          model(relu().setDocString("what it does").addMetadataProps(entry("g", "1")))
              .setProducerName("maker")
              .setProducerVersion("3.1")
              .setDomain("com.example")
              .setModelVersion(-7)
              .setDocString("über alles")
              .addOpsetImport(
                  OperatorSetIdProto.newBuilder().setDomain("unused.domain").setVersion(3))
              .addMetadataProps(entry("b", "2"))
              .addMetadataProps(entry("a", ""))
              .build());
    }

    @Test
    void metadataAndDocsOfNodesAndValues() throws Exception {
      assertSurvives(
          model(
                  graph()
                      .addInput(
                          floats("x", 2).toBuilder()
                              .setDocString("the input")
                              .addMetadataProps(entry("unit", "m")))
                      .addOutput(floats("y", 2).toBuilder().addMetadataProps(entry("k", "v")))
                      .addValueInfo(floats("t", 2).toBuilder().setDocString("between"))
                      .addInitializer(
                          rawFloats("w", 1, 2)
                              .setDocString("weights")
                              .addMetadataProps(entry("from", "training")))
                      .addNode(
                          node("Add", List.of("x", "w"), "t")
                              .setName("add")
                              .setDocString("adds")
                              .addMetadataProps(entry("layer", "1")))
                      .addNode(node("Relu", List.of("t"), "y")))
              .build());
    }

    @Test
    void unknownFieldsOfModelGraphAndNode() throws Exception {
      ModelProto proto =
          model(
                  graph()
                      .addInput(floats("x", 2))
                      .addOutput(floats("y", 2))
                      .addNode(node("Relu", List.of("x"), "y").setUnknownFields(unknown()))
                      .setUnknownFields(unknown()))
              .setUnknownFields(unknown())
              .build();
      assertSurvives(proto);
    }

    @Test
    void trainingInformation() throws Exception {
      UnknownFieldSet training =
          UnknownFieldSet.newBuilder()
              .addField(
                  20,
                  UnknownFieldSet.Field.newBuilder()
                      .addLengthDelimited(relu().build().toByteString())
                      .build())
              .build();
      assertSurvives(model(relu()).setUnknownFields(training).build());
    }

    @Test
    void quantizationAnnotations() throws Exception {
      assertSurvives(
          model(
                  relu()
                      .addInitializer(rawFloats("scale", 0.5f))
                      .addQuantizationAnnotation(
                          TensorAnnotation.newBuilder()
                              .setTensorName("x")
                              .addQuantParameterTensorNames(entry("SCALE_TENSOR", "scale"))))
              .build());
    }
  }

  @Test
  void rawWeightsAreSharedNotCopied() {
    byte[] bytes =
        model(graph().addOutput(floats("w", 2)).addInitializer(rawFloats("w", 1, 2)))
            .build()
            .toByteArray();
    Model model = OnnxReader.read(bytes, "test");
    Tensor weights = model.graph().value("w").orElseThrow().initializer().orElseThrow();
    assertThat(weights.toFloats()).containsExactly(1, 2);
    for (int i = 0; i + 4 <= bytes.length; i++) {
      if (bytes[i] == 0
          && bytes[i + 1] == 0
          && bytes[i + 2] == (byte) 0x80
          && bytes[i + 3] == 0x3f) {
        bytes[i + 3] = 0x40;
      }
    }
    assertThat(weights.toFloats()).containsExactly(4, 2);
  }

  @Test
  void anAbsentOptionalInputStaysAbsent() throws Exception {
    assertSurvives(
        model(
                graph()
                    .addInput(floats("x", 2))
                    .addInput(floats("max"))
                    .addOutput(floats("y", 2))
                    .addNode(node("Clip", List.of("x", "", "max"), "y")))
            .build());
  }

  @Test
  void theDomainAiOnnxIsOnnxsOwn() {
    Model model =
        read(
            model(
                    graph()
                        .addInput(floats("x", 2))
                        .addOutput(floats("y", 2))
                        .addNode(node("Relu", List.of("x"), "y").setDomain("ai.onnx")))
                .build());
    assertThat(model.graph().nodes().getFirst().is("Relu")).isTrue();
  }

  @Test
  void attributesThatAPassSetIsWritten() throws Exception {
    Model model = read(model(relu()).build());
    model.graph().nodes().getFirst().setAttribute("alpha", AttributeValue.of(0.5f));
    assertThat(
            ModelProto.parseFrom(OnnxWriter.toBytes(model)).getGraph().getNode(0).getAttribute(0))
        .isEqualTo(attribute("alpha", AttributeType.FLOAT).setF(0.5f).build());
  }
}
