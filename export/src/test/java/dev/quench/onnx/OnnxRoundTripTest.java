// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.onnx.proto.OnnxProto.AttributeProto;
import dev.quench.onnx.proto.OnnxProto.FunctionProto;
import dev.quench.onnx.proto.OnnxProto.GraphProto;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import dev.quench.onnx.proto.OnnxProto.NodeProto;
import dev.quench.onnx.proto.OnnxProto.OperatorSetIdProto;
import dev.quench.onnx.proto.OnnxProto.SparseTensorProto;
import dev.quench.onnx.proto.OnnxProto.StringStringEntryProto;
import dev.quench.onnx.proto.OnnxProto.TensorAnnotation;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.onnx.proto.OnnxProto.TensorShapeProto;
import dev.quench.onnx.proto.OnnxProto.TypeProto;
import dev.quench.onnx.proto.OnnxProto.ValueInfoProto;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What has to survive reading and writing, message by message: files as others write them come
/// back as they were.
class OnnxRoundTripTest {
  private static ModelProto roundTrip(ModelProto proto) throws Exception {
    return ModelProto.parseFrom(OnnxWriter.toBytes(read(proto)));
  }

  private static Model read(ModelProto proto) {
    return OnnxReader.read(proto.toByteArray(), "test");
  }

  private static void assertSurvives(ModelProto proto) throws Exception {
    assertThat(roundTrip(proto)).isEqualTo(proto);
  }

  private static ModelProto.Builder model(GraphProto.Builder graph) {
    return ModelProto.newBuilder()
        .setIrVersion(10)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(21))
        .setGraph(graph);
  }

  private static GraphProto.Builder graph() {
    return GraphProto.newBuilder().setName("main");
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private static TypeProto tensorType(DataType type, long... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long dim : dims) {
      shape.addDimBuilder().setDimValue(dim);
    }
    return TypeProto.newBuilder()
        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type.onnxCode()).setShape(shape))
        .build();
  }

  private static ValueInfoProto info(String name, TypeProto type) {
    return ValueInfoProto.newBuilder().setName(name).setType(type).build();
  }

  private static ValueInfoProto floats(String name, long... dims) {
    return info(name, tensorType(DataType.FLOAT, dims));
  }

  private static NodeProto.Builder node(String opType, List<String> inputs, String... outputs) {
    return NodeProto.newBuilder()
        .setOpType(opType)
        .addAllInput(inputs)
        .addAllOutput(List.of(outputs));
  }

  private static TensorProto.Builder rawFloats(String name, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(DataType.FLOAT.onnxCode())
        .addDims(values.length)
        .setRawData(ByteString.copyFrom(bytes));
  }

  private static AttributeProto.Builder attribute(String name, AttributeType type) {
    return AttributeProto.newBuilder().setName(name).setType(type.code());
  }

  private static UnknownFieldSet unknown() {
    return UnknownFieldSet.newBuilder()
        .addField(
            977,
            UnknownFieldSet.Field.newBuilder()
                .addLengthDelimited(ByteString.copyFromUtf8("from the future"))
                .addVarint(42)
                .build())
        .build();
  }

  private static GraphProto.Builder relu() {
    return graph()
        .addInput(floats("x", 2))
        .addOutput(floats("y", 2))
        .addNode(node("Relu", List.of("x"), "y"));
  }

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

  @Nested
  class Types {
    @Test
    void symbolicUnknownAndAbsentShapes() throws Exception {
      TypeProto mixed =
          TypeProto.newBuilder()
              .setTensorType(
                  TypeProto.Tensor.newBuilder()
                      .setElemType(1)
                      .setShape(
                          TensorShapeProto.newBuilder()
                              .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("batch"))
                              .addDim(TensorShapeProto.Dimension.newBuilder())
                              .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(0))))
              .build();
      TypeProto unranked =
          TypeProto.newBuilder()
              .setTensorType(TypeProto.Tensor.newBuilder().setElemType(1))
              .build();
      assertSurvives(
          model(
                  graph()
                      .addInput(info("a", mixed))
                      .addInput(info("b", unranked))
                      .addInput(floats("scalar"))
                      .addOutput(ValueInfoProto.newBuilder().setName("y"))
                      .addNode(node("Sum", List.of("a", "b", "scalar"), "y")))
              .build());
    }

    @Test
    void sequencesOptionalsMapsAndSparseTensors() throws Exception {
      TypeProto sequence =
          TypeProto.newBuilder()
              .setSequenceType(
                  TypeProto.Sequence.newBuilder().setElemType(tensorType(DataType.INT64, 3)))
              .build();
      TypeProto optional =
          TypeProto.newBuilder()
              .setOptionalType(TypeProto.Optional.newBuilder().setElemType(sequence))
              .build();
      TypeProto map =
          TypeProto.newBuilder()
              .setMapType(
                  TypeProto.Map.newBuilder()
                      .setKeyType(DataType.STRING.onnxCode())
                      .setValueType(tensorType(DataType.FLOAT)))
              .build();
      TypeProto sparse =
          TypeProto.newBuilder()
              .setSparseTensorType(TypeProto.SparseTensor.newBuilder().setElemType(1))
              .build();
      assertSurvives(
          model(
                  graph()
                      .addInput(info("s", sequence))
                      .addInput(info("o", optional))
                      .addInput(info("m", map))
                      .addInput(info("p", sparse))
                      .addOutput(info("y", optional))
                      .addNode(node("Identity", List.of("o"), "y")))
              .build());
    }
  }

  @Nested
  class Attributes {
    @Test
    void ofEveryType() throws Exception {
      TensorProto tensor = rawFloats("", 1, -0f, Float.NaN).clearName().build();
      SparseTensorProto sparse =
          SparseTensorProto.newBuilder()
              .setValues(rawFloats("", 5).clearName())
              .setIndices(
                  TensorProto.newBuilder()
                      .setDataType(7)
                      .addDims(1)
                      .setRawData(ByteString.copyFrom(new byte[8])))
              .addDims(4)
              .build();
      GraphProto nested = graph().setName("nested").build();
      TypeProto type = tensorType(DataType.BOOL, 1);
      NodeProto.Builder everything =
          node("Everything", List.of("x"), "y")
              .setDomain("com.example")
              .setOverload("second")
              .addAttribute(attribute("f", AttributeType.FLOAT).setF(-0f))
              .addAttribute(attribute("i", AttributeType.INT).setI(Long.MIN_VALUE))
              .addAttribute(
                  attribute("s", AttributeType.STRING)
                      .setS(ByteString.copyFrom(new byte[] {(byte) 0xff, 0, (byte) 0xc3})))
              .addAttribute(attribute("t", AttributeType.TENSOR).setT(tensor))
              .addAttribute(attribute("g", AttributeType.GRAPH).setG(nested))
              .addAttribute(attribute("fs", AttributeType.FLOATS).addFloats(1).addFloats(2))
              .addAttribute(attribute("is", AttributeType.INTS).addInts(-1))
              .addAttribute(attribute("none", AttributeType.INTS))
              .addAttribute(
                  attribute("ss", AttributeType.STRINGS)
                      .addStrings(ByteString.copyFrom(new byte[] {(byte) 0x80})))
              .addAttribute(attribute("ts", AttributeType.TENSORS).addTensors(tensor))
              .addAttribute(attribute("gs", AttributeType.GRAPHS).addGraphs(nested))
              .addAttribute(attribute("sp", AttributeType.SPARSE_TENSOR).setSparseTensor(sparse))
              .addAttribute(attribute("sps", AttributeType.SPARSE_TENSORS).addSparseTensors(sparse))
              .addAttribute(attribute("tp", AttributeType.TYPE).setTp(type))
              .addAttribute(attribute("tps", AttributeType.TYPES).addTypeProtos(type));
      assertSurvives(
          model(graph().addInput(floats("x", 2)).addOutput(floats("y", 2)).addNode(everything))
              .build());
    }

    @Test
    void withoutDeclaredTypeAreTakenByTheirField() {
      Model model =
          read(
              model(
                      graph()
                          .addInput(floats("x", 2))
                          .addOutput(floats("y", 2))
                          .addNode(
                              node("Old", List.of("x"), "y")
                                  .addAttribute(
                                      AttributeProto.newBuilder().setName("axes").addInts(3))))
                  .build());
      assertThat(model.graph().nodes().getFirst().intsAttribute("axes").orElseThrow())
          .containsExactly(3);
    }
  }

  @Nested
  class Functions {
    @Test
    void withDefaultsReferencesAndTheirOwnImports() throws Exception {
      FunctionProto function =
          FunctionProto.newBuilder()
              .setName("Leaky")
              .setDomain("local")
              .setOverload("v2")
              .setDocString("leaks")
              .addInput("in")
              .addOutput("out")
              .addAttribute("required")
              .addAttributeProto(attribute("alpha", AttributeType.FLOAT).setF(0.1f))
              .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(17))
              .addMetadataProps(entry("k", "v"))
              .addValueInfo(floats("out", 2))
              .addNode(
                  node("LeakyRelu", List.of("in"), "out")
                      .addAttribute(
                          attribute("alpha", AttributeType.FLOAT).setRefAttrName("alpha")))
              .build();
      assertSurvives(
          model(
                  graph()
                      .addInput(floats("x", 2))
                      .addOutput(floats("y", 2))
                      .addNode(
                          node("Leaky", List.of("x"), "y").setDomain("local").setOverload("v2")))
              .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("local").setVersion(1))
              .addFunctions(function)
              .build());
    }

    @Test
    void constantsThatAPassAddedToABodyBecomeNodes() throws Exception {
      Graph graph = new Graph("main", OpsetImports.onnx(17));
      Model model = new Model(graph, 8);
      Graph body = new Graph("AddOne", OpsetImports.onnx(17));
      Value in = body.addInput("in", null);
      Value one = body.addConstant("one", Tensor.scalar(1f));
      body.addOutput(body.append(NodeBuilder.of("Add").inputs(in, one).output("out")).output(0));
      model
          .functions()
          .add(new Function("local", "AddOne", "", body, List.of(), Map.of(), Map.of()));
      ModelProto proto = ModelProto.parseFrom(OnnxWriter.toBytes(model));
      assertThat(proto.getFunctions(0).getNodeList())
          .extracting(NodeProto::getOpType)
          .containsExactly("Constant", "Add");
    }
  }

  @Nested
  class NestedGraphs {
    /// `If` with branches that read `late`, which the main graph computes after it in the file.
    private ModelProto outOfOrder() {
      GraphProto.Builder yes =
          graph()
              .setName("yes")
              .addOutput(floats("yes_y", 2))
              .addNode(node("Neg", List.of("late"), "yes_y"));
      GraphProto.Builder no =
          graph()
              .setName("no")
              .addOutput(floats("no_y", 2))
              .addNode(node("Abs", List.of("late"), "no_y"));
      return model(
              graph()
                  .addInput(floats("x", 2))
                  .addInput(info("c", tensorType(DataType.BOOL)))
                  .addOutput(floats("y", 2))
                  .addNode(
                      node("If", List.of("c"), "y")
                          .addAttribute(attribute("then_branch", AttributeType.GRAPH).setG(yes))
                          .addAttribute(attribute("else_branch", AttributeType.GRAPH).setG(no)))
                  .addNode(node("Relu", List.of("x"), "late")))
          .build();
    }

    @Test
    void captureOuterValuesByReference() {
      Model model = read(outOfOrder());
      Value late = model.graph().value("late").orElseThrow();
      assertThat(late.uses()).hasSize(2);
      assertThat(late.uses().getFirst().node().graph().parent()).contains(model.graph());
    }

    @Test
    void areSortedAfterWhatTheyCapture() {
      assertThat(read(outOfOrder()).graph().nodes())
          .extracting(Node::opType)
          .containsExactly("Relu", "If");
    }

    @Test
    void mayReturnAnOuterValue() throws Exception {
      GraphProto.Builder pass = graph().setName("pass").addOutput(floats("x", 2));
      assertSurvives(
          model(
                  graph()
                      .addInput(floats("x", 2))
                      .addInput(info("c", tensorType(DataType.BOOL)))
                      .addOutput(floats("y", 2))
                      .addNode(
                          node("If", List.of("c"), "y")
                              .addAttribute(
                                  attribute("then_branch", AttributeType.GRAPH).setG(pass))
                              .addAttribute(
                                  attribute("else_branch", AttributeType.GRAPH).setG(pass))))
              .build());
    }

    @Test
    void readTheirOwnValueWhereTheNameIsTakenTwice() {
      GraphProto.Builder inner =
          graph()
              .setName("inner")
              .addInitializer(rawFloats("w", 1, 2))
              .addOutput(floats("inner_y", 2))
              .addNode(node("Neg", List.of("w"), "inner_y"));
      Model model =
          read(
              model(
                      graph()
                          .addInput(info("c", tensorType(DataType.BOOL)))
                          .addInitializer(rawFloats("w", 3, 4))
                          .addOutput(floats("y", 2))
                          .addNode(
                              node("If", List.of("c"), "y")
                                  .addAttribute(
                                      attribute("then_branch", AttributeType.GRAPH).setG(inner))
                                  .addAttribute(
                                      attribute("else_branch", AttributeType.GRAPH).setG(inner))))
                  .build());
      Graph nested = model.graph().nodes().getFirst().nestedGraphs().getFirst();
      assertThat(nested.nodes().getFirst().input(0).graph()).isSameAs(nested);
      assertThat(model.graph().value("w").orElseThrow().isUnused()).isTrue();
    }
  }

  @Nested
  class Initializers {
    @Test
    void sparseOnesStaySparse() throws Exception {
      SparseTensorProto sparse =
          SparseTensorProto.newBuilder()
              .setValues(rawFloats("w", 5, 6))
              .setIndices(
                  TensorProto.newBuilder()
                      .setDataType(7)
                      .addDims(2)
                      .setRawData(
                          ByteString.copyFrom(
                              new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0})))
              .addDims(2)
              .addDims(2)
              .build();
      assertSurvives(
          model(
                  graph()
                      .addInput(floats("x", 2, 2))
                      .addOutput(floats("y", 2, 2))
                      .addSparseInitializer(sparse)
                      .addNode(node("MatMul", List.of("x", "w"), "y")))
              .build());
    }

    @Test
    void thatAreInputsAreDefaultsFromIrVersion4On() throws Exception {
      ModelProto proto =
          model(
                  graph()
                      .addInput(floats("x", 2))
                      .addInput(floats("w", 2))
                      .addOutput(floats("y", 2))
                      .addInitializer(rawFloats("w", 1, 2))
                      .addNode(node("Add", List.of("x", "w"), "y")))
              .build();
      assertSurvives(proto);
      Graph graph = read(proto).graph();
      assertThat(graph.requiredInputs()).extracting(Value::name).containsExactly("x");
      assertThat(graph.value("w").orElseThrow().constant()).isEmpty();
    }

    @Test
    void thatAreInputsAreConstantsBeforeIrVersion4() throws Exception {
      ModelProto proto =
          model(
                  graph()
                      .addInput(floats("x", 2))
                      .addInput(floats("w", 2))
                      .addOutput(floats("y", 2))
                      .addInitializer(rawFloats("w", 1, 2))
                      .addNode(node("Add", List.of("x", "w"), "y")))
              .setIrVersion(3)
              .build();
      Graph graph = read(proto).graph();
      assertThat(graph.inputs()).extracting(Value::name).containsExactly("x");
      assertThat(graph.value("w").orElseThrow().constant()).isPresent();
      ModelProto written = roundTrip(proto);
      assertThat(written.getIrVersion()).isEqualTo(4);
      assertThat(written.getGraph().getInputCount()).isEqualTo(1);
    }

    @Test
    void stringsMayBeAnyBytes() throws Exception {
      assertSurvives(
          model(
                  graph()
                      .addOutput(info("w", tensorType(DataType.STRING, 2)))
                      .addInitializer(
                          TensorProto.newBuilder()
                              .setName("w")
                              .setDataType(DataType.STRING.onnxCode())
                              .addDims(2)
                              .addStringData(ByteString.copyFrom(new byte[] {(byte) 0xfe}))
                              .addStringData(ByteString.EMPTY)))
              .build());
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, mode = EnumSource.Mode.EXCLUDE, names = "STRING")
    void fromTypedFieldsBecomeLittleEndianBytes(DataType type) {
      TensorProto.Builder proto =
          TensorProto.newBuilder().setName("w").setDataType(type.onnxCode()).addDims(3);
      switch (type) {
        case FLOAT -> proto.addAllFloatData(List.of(1f, -2f, 0.5f));
        case COMPLEX64 -> proto.addAllFloatData(List.of(1f, -2f, 0.5f, 1f, 2f, 3f));
        case DOUBLE -> proto.addAllDoubleData(List.of(1d, -2d, 0.5d));
        case COMPLEX128 -> proto.addAllDoubleData(List.of(1d, -2d, 0.5d, 1d, 2d, 3d));
        case INT64 -> proto.addAllInt64Data(List.of(1L, -2L, Long.MAX_VALUE));
        case UINT64, UINT32 -> proto.addAllUint64Data(List.of(1L, 2L, 0xFFFFFFFFL));
        case INT4, UINT4, FLOAT4E2M1 -> proto.addAllInt32Data(List.of(0x21, 0x03));
        default -> proto.addAllInt32Data(List.of(1, 0, 1));
      }
      Tensor tensor =
          new TensorDecoder(OnnxLimits.DEFAULT, ExternalData.none()).decode(proto.build());
      assertThat(tensor.shape()).isEqualTo(Shape.of(3));
      assertThat(tensor.byteSize()).isEqualTo(type.byteSize(3));
      switch (type) {
        case FLOAT, DOUBLE -> assertThat(tensor.toDoubles()).containsExactly(1, -2, 0.5);
        case INT64 -> assertThat(tensor.toLongs()).containsExactly(1, -2, Long.MAX_VALUE);
        case UINT64, UINT32 -> assertThat(tensor.toLongs()).containsExactly(1, 2, 0xFFFFFFFFL);
        case INT4, UINT4 -> assertThat(tensor.toLongs()).containsExactly(1, 2, 3);
        case FLOAT4E2M1 -> assertThat(tensor.toDoubles()).containsExactly(0.5, 1, 1.5);
        case INT8, INT16, INT32, UINT8, UINT16, BOOL ->
            assertThat(tensor.toLongs()).containsExactly(1, 0, 1);
        case COMPLEX64 ->
            assertThat(tensor.bytes().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getFloat(4))
                .isEqualTo(-2f);
        case COMPLEX128 ->
            assertThat(tensor.bytes().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getDouble(8))
                .isEqualTo(-2d);
        default -> assertThat(tensor.doubleAt(0)).isEqualTo(tensor.doubleAt(2));
      }
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
