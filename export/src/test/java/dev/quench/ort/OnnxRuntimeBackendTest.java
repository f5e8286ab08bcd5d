// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.quench.contract.BackendContractTest;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OnnxRuntimeBackendTest extends BackendContractTest {
  private final OnnxRuntimeBackend backend = new OnnxRuntimeBackend();

  @Override
  public Backend backend() {
    return backend;
  }

  @Test
  void handsALargeModelOverAsFilesThatAreGoneAfterwards() throws IOException {
    GraphMaker made = new GraphMaker(17, 5);
    Value x = made.input("x", 2, 2048);
    Value weights = made.weights("w", 2048, 2100);
    made.output(NodeBuilder.of("MatMul").inputs(x, weights), "y");
    assertThat(OnnxWriter.weightBytes(made.model())).isGreaterThan(16L << 20);
    List<Path> before = handedOver();
    try (Session session = backend.open(made.model(), SessionOptions.DEFAULT)) {
      assertThat(handedOver()).isEqualTo(before);
      assertThat(session.run(made.inputs()).get("y").shape()).isEqualTo(Shape.of(2, 2100));
    }
  }

  @Test
  void onlyTheUserMayEnterTheFolderOfAModelThatIsHandedOver() throws IOException {
    GraphMaker made = new GraphMaker(17, 5);
    made.output(
        NodeBuilder.of("MatMul").inputs(made.input("x", 2, 8), made.weights("w", 8, 8)), "y");
    Path folder;
    try (TemporaryModel written = TemporaryModel.write(made.model())) {
      folder = written.file().getParent();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
          .isEqualTo("rwx------");
    }
    assertThat(folder).doesNotExist();
  }

  private static List<Path> handedOver() throws IOException {
    try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return all.filter(path -> path.getFileName().toString().startsWith("quench-onnxruntime"))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "FLOAT16"})
  void quantizesByRoundingToNearestInBothTypes(DataType type) {
    Graph graph = new Graph("quantization", OpsetImports.onnx(19));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(8)));
    Value scale =
        graph.addInitializer(
            "scale",
            type == DataType.FLOAT
                ? Tensor.scalar(1f)
                : Tensor.of(
                    DataType.FLOAT16, Shape.SCALAR, MemorySegment.ofArray(new byte[] {0, 0x3c})));
    Value zero = graph.addInitializer("zero", Tensor.ofInt8(Shape.SCALAR, (byte) 0));
    Value cast = appended(graph, cast(x, type).output("cast"));
    Value quantized =
        appended(graph, NodeBuilder.of("QuantizeLinear").inputs(cast, scale, zero).output("q"));
    Value real =
        appended(
            graph,
            NodeBuilder.of("DequantizeLinear").inputs(quantized, scale, zero).output("real"));
    graph.addOutput(real);
    graph.addOutput(
        appended(
            graph,
            cast(real, DataType.FLOAT).output("y", ValueType.tensor(DataType.FLOAT, Shape.of(8)))));
    Model model = new Model(graph, 9);
    Tensor fed = Tensor.ofFloats(Shape.of(8), 0.4f, 0.6f, 1.5f, 2.5f, -0.6f, -1.5f, 3.9f, 200f);
    for (boolean optimized : List.of(false, true)) {
      try (Session session =
          backend.open(model, SessionOptions.DEFAULT.withOptimization(optimized))) {
        Map<String, Tensor> got = session.run(Map.of("x", fed));
        assertThat(got.get("y").toFloats()).containsExactly(0, 1, 2, 2, -1, -2, 4, 127);
        assertThat(got.get("real").dataType()).isEqualTo(type);
      }
    }
    assertThat(model.graph().nodes()).as("the caller's model").hasSize(4);
  }

  private static NodeBuilder cast(Value value, DataType to) {
    return NodeBuilder.of("Cast").inputs(value).attribute("to", to.onnxCode());
  }

  private static Value appended(Graph graph, NodeBuilder node) {
    return graph.append(node).output(0);
  }

  @Test
  void saysItsVersion() {
    assertThat(backend.availability())
        .isEqualTo(new Availability.Available("ONNX Runtime 1.29.0 on the CPU"));
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {
        "FLOAT",
        "DOUBLE",
        "INT8",
        "INT16",
        "INT32",
        "INT64",
        "UINT8",
        "BOOL",
        "FLOAT16",
        "BFLOAT16"
      })
  void carriesTensorsOfType(DataType type) {
    byte[] bytes = new byte[Math.toIntExact(type.byteSize(4))];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (type == DataType.BOOL ? i & 1 : i + 1);
    }
    Tensor x = Tensor.of(type, Shape.of(2, 2), MemorySegment.ofArray(bytes));
    assertThat(identity(x).contentEquals(x)).isTrue();
  }

  @Test
  void carriesStrings() {
    Tensor x = Tensor.ofStrings(Shape.of(2, 1), List.of(ByteString.of("größe"), ByteString.of("")));
    assertThat(identity(x).contentEquals(x)).isTrue();
  }

  @Test
  void carriesScalarsAndEmptyTensors() {
    assertThat(identity(Tensor.scalar(2.5f)).toFloats()).containsExactly(2.5f);
    assertThat(identity(Tensor.ofFloats(Shape.of(0, 3))).shape()).isEqualTo(Shape.of(0, 3));
  }

  private Tensor identity(Tensor x) {
    GraphMaker made = new GraphMaker(17, 1);
    made.output(NodeBuilder.of("Identity").inputs(made.input("x", x)), "y");
    try (Session session = backend.open(made.model(), SessionOptions.DEFAULT)) {
      return session.run(made.inputs()).get("y");
    }
  }

  @Test
  void refusesTypesThatItsJavaInterfaceCannotCarry() {
    Graph graph = new Graph("g", OpsetImports.onnx(17));
    Value x = graph.addInput("x", ValueType.tensor(DataType.UINT16, Shape.of(2)));
    graph.addOutput(graph.append(NodeBuilder.of("Identity").inputs(x).output("y")).output(0));
    assertThatExceptionOfType(BackendException.class)
        .isThrownBy(() -> backend.open(new Model(graph, 8), SessionOptions.DEFAULT))
        .withMessageContaining("input 'x'")
        .withMessageContaining("UINT16");
  }

  @Test
  void deliversTapsOfChangingAndUnpredictableShape() {
    Graph graph = new Graph("g", OpsetImports.onnx(17));
    Value x =
        graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(Dim.of("n"), Dim.of(2))));
    Value positive = graph.append(NodeBuilder.of("Relu").inputs(x).output("positive")).output(0);
    Value where = graph.append(NodeBuilder.of("NonZero").inputs(positive).output("at")).output(0);
    graph.addOutput(where);
    SessionOptions options = SessionOptions.DEFAULT.withTaps(Set.of("positive", "at"));
    try (Session session = backend.open(new Model(graph, 8), options)) {
      for (float[] values :
          List.of(new float[] {1, -1}, new float[] {1, 2, 3, -4}, new float[] {-1, 5})) {
        Map<String, Tensor> seen = new LinkedHashMap<>();
        List<String> texts = new ArrayList<>();
        Tensor fed = Tensor.ofFloats(Shape.of(values.length / 2, 2), values);
        session.observe(
            Map.of("x", fed),
            (name, activation) -> {
              seen.put(name, activation);
              texts.add(activation.toString());
            });
        long ones = 0;
        for (float value : values) {
          ones += value > 0 ? 1 : 0;
        }
        assertThat(seen.get("at").shape()).isEqualTo(Shape.of(2, ones));
        assertThat(seen.get("positive").shape()).isEqualTo(fed.shape());
        assertThat(texts).hasSize(2);
      }
    }
  }

  @Test
  void handsTapsOnInNativeMemoryThatIsUsedAgain() {
    GraphMaker made = new GraphMaker(17, 2);
    Value inner =
        made.node(NodeBuilder.of("Relu").inputs(made.input("x", 64)).output("inner")).output(0);
    made.output(NodeBuilder.of("Neg").inputs(inner), "y");
    List<Long> addresses = new ArrayList<>();
    SessionOptions options = SessionOptions.DEFAULT.withTaps(Set.of("inner"));
    try (Session session = backend.open(made.model(), options)) {
      for (int i = 0; i < 3; i++) {
        session.observe(
            made.inputs(),
            (_, activation) -> {
              assertThat(activation.bytes().isNative()).isTrue();
              addresses.add(activation.bytes().address());
            });
      }
    }
    assertThat(addresses).hasSize(3).allMatch(addresses.getFirst()::equals);
  }

  @Test
  void overlappingObservationsHaveMemoryOfTheirOwn() throws Exception {
    GraphMaker made = new GraphMaker(17, 7);
    Value inner =
        made.node(NodeBuilder.of("Relu").inputs(made.input("x", 64)).output("inner")).output(0);
    made.output(NodeBuilder.of("Neg").inputs(inner), "y");
    SessionOptions options = SessionOptions.DEFAULT.withTaps(Set.of("inner"));
    CyclicBarrier together = new CyclicBarrier(2);
    try (Session session = backend.open(made.model(), options);
        ExecutorService callers = Executors.newFixedThreadPool(2)) {
      List<Future<float[]>> seen = new ArrayList<>();
      for (int i = 1; i <= 2; i++) {
        float[] values = new float[64];
        Arrays.fill(values, i);
        Map<String, Tensor> fed = Map.of("x", Tensor.ofFloats(Shape.of(64), values));
        seen.add(
            callers.submit(() -> {
              float[][] first = new float[1][];
              session.observe(
                  fed,
                  (_, activation) -> {
                    await(together); // the other run has written its outputs
                    first[0] = activation.toFloats();
                  });
              return first[0];
            }));
      }
      assertThat(seen.get(0).get()).containsOnly(1);
      assertThat(seen.get(1).get()).containsOnly(2);
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void deliversConstantsThatAreTapped() {
    GraphMaker made = new GraphMaker(17, 3);
    Value weights = made.weights("w", 2);
    made.output(NodeBuilder.of("Add").inputs(made.input("x", 2), weights), "y");
    Map<String, Tensor> seen = new LinkedHashMap<>();
    SessionOptions options = SessionOptions.DEFAULT.withTaps(Set.of("w"));
    try (Session session = backend.open(made.model(), options)) {
      session.observe(made.inputs(), seen::put);
    }
    assertThat(seen.get("w")).isSameAs(weights.initializer().orElseThrow());
  }

  @Test
  void feedsOnlyInputsWithoutDefault() {
    GraphMaker made = new GraphMaker(17, 4);
    Value x = made.input("x", Tensor.ofFloats(Shape.of(1), 1));
    Value offset = made.graph().addInput("offset", ValueType.tensor(DataType.FLOAT, Shape.of(1)));
    made.graph().addInitializer("offset", Tensor.ofFloats(Shape.of(1), 5));
    made.output(NodeBuilder.of("Add").inputs(x, offset), "y");
    try (Session session = backend.open(made.model(), SessionOptions.DEFAULT)) {
      assertThat(session.inputs()).hasSize(1);
      assertThat(session.run(made.inputs()).get("y").toFloats()).containsExactly(6);
    }
  }

  @Test
  void cannotBeClosedFromInsideATap() {
    GraphMaker made = new GraphMaker(17, 5);
    made.output(NodeBuilder.of("Relu").inputs(made.input("x", 2)), "y");
    SessionOptions options = SessionOptions.DEFAULT.withTaps(Set.of("y"));
    try (Session session = backend.open(made.model(), options)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> session.observe(made.inputs(), (_, _) -> close(session)))
          .withMessageContaining("inside");
    }
  }

  @Test
  void failuresOfARunCarryItsWords() {
    GraphMaker made = new GraphMaker(17, 6);
    Value x = made.graph().addInput("x", ValueType.unranked(DataType.FLOAT));
    made.output(NodeBuilder.of("Reshape").name("bend").inputs(x, made.constant("s", 3)), "y");
    try (Session session = backend.open(made.model(), SessionOptions.DEFAULT)) {
      assertThatExceptionOfType(BackendException.class)
          .isThrownBy(() -> session.run(Map.of("x", Tensor.ofFloats(Shape.of(2), 1, 2))))
          .withMessageContaining("bend");
      assertThat(
              session.run(Map.of("x", Tensor.ofFloats(Shape.of(3, 1), 1, 2, 3))).get("y").shape())
          .isEqualTo(Shape.of(3));
    }
  }

  /// Each pair of runs would keep some 4 MB if what they pin were not freed.
  @Test
  @EnabledOnOs(OS.LINUX)
  void changingShapesKeepNoMemory() throws IOException {
    Graph graph = new Graph("g", OpsetImports.onnx(17));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(Dim.of("n"))));
    Value inner = graph.append(NodeBuilder.of("Relu").inputs(x).output("inner")).output(0);
    graph.addOutput(graph.append(NodeBuilder.of("Neg").inputs(inner).output("y")).output(0));
    SessionOptions options = SessionOptions.DEFAULT.withTaps(Set.of("inner"));
    Map<String, Tensor> small = Map.of("x", Tensor.ofFloats(Shape.of(1 << 18), new float[1 << 18]));
    Map<String, Tensor> large = Map.of("x", Tensor.ofFloats(Shape.of(1 << 19), new float[1 << 19]));
    try (Session session = backend.open(new Model(graph, 8), options)) {
      long before = 0;
      for (int i = 0; i < 220; i++) {
        session.observe(small, (_, _) -> {});
        session.observe(large, (_, _) -> {});
        if (i == 20) {
          before = residentBytes();
        }
      }
      assertThat(residentBytes() - before).isLessThan(200L << 20);
    }
  }

  private static long residentBytes() throws IOException {
    return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ", -1)[1]) * 4096;
  }

  private static void close(Session session) {
    session.close();
  }
}
