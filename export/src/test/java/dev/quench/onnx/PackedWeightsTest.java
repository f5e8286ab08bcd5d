// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Execution;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PackedWeightsTest {
  private static Tensor signs(SplittableRandom random, boolean zeros, long... shape) {
    Shape of = Shape.of(shape);
    float[] values = new float[(int) of.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = zeros && random.nextInt(3) == 0 ? 0f : random.nextBoolean() ? 1f : -1f;
    }
    return Tensor.ofFloats(of, values);
  }

  private static GraphMaker network(Tensor weights) {
    GraphMaker made = new GraphMaker(17, 1);
    long[] shape = weights.shape().sizes();
    Value x = made.input("x", 3, shape[0]);
    Value w = made.constant("w", weights);
    w.setDocString("signs");
    w.metadata().put("layer", "1");
    made.output(NodeBuilder.of("MatMul").name("product").inputs(x, w), "y");
    return made;
  }

  private static Model reread(Model model) {
    return OnnxReader.read(OnnxWriter.toBytes(model), "packed.onnx");
  }

  @ParameterizedTest
  @CsvSource({
    "false, 128, 1",
    "false, 16, 8",
    "false, 43, 3",
    "false, 129, 1",
    "true, 43, 3",
    "true, 131, 5",
  })
  void aFileIsTheSameAfterPackingAndReading(boolean zeros, int rows, int columns) {
    Tensor weights = signs(new SplittableRandom(rows), zeros, rows, columns);
    GraphMaker made = network(weights);
    Model model = made.model();
    Model packed = model.copy();
    PackedWeights.Report report = PackedWeights.pack(packed);
    GraphValidator.validate(packed);
    long plane = (rows * columns + 7) / 8;
    assertThat(report)
        .isEqualTo(
            new PackedWeights.Report(
                zeros ? 0 : 1, zeros ? 1 : 0, 4L * rows * columns, zeros ? 2 * plane : plane));
    assertThat(packed.opsets().versions()).containsEntry("dev.quench", 1L);
    Model back = reread(packed);
    Value w = back.graph().value("w").orElseThrow();
    assertThat(w.initializer().orElseThrow().contentEquals(weights)).isTrue();
    assertThat(w.docString()).isEqualTo("signs");
    assertThat(w.metadata()).containsEntry("layer", "1");
    assertThat(back.opsets()).isEqualTo(model.opsets());
    assertThat(OnnxWriter.toBytes(back)).isEqualTo(OnnxWriter.toBytes(model));
    assertThat(ModelDigest.of(back)).isEqualTo(ModelDigest.of(model));
    Execution.assertSameBits(
        Execution.run(back, made.inputs()), Execution.run(model, made.inputs()));
  }

  @Test
  void aBinaryWeightTakesOneBitLeastSignificantFirst() {
    float[] values = new float[130];
    Arrays.fill(values, 1);
    values[0] = -1;
    values[9] = -1;
    values[129] = -1;
    Model model = network(Tensor.ofFloats(Shape.of(130, 1), values)).model();
    PackedWeights.pack(model);
    Node node = model.graph().nodes().getFirst();
    assertThat(node.describe()).isEqualTo("dev.quench.UnpackBinary 'w_unpack'");
    byte[] bits = node.input(0).initializer().orElseThrow().bytes().toArray(ValueLayout.JAVA_BYTE);
    assertThat(bits).hasSize(17).startsWith(1, 2, 0).endsWith(0, 2);
  }

  @ParameterizedTest
  @ValueSource(floats = {-0f, 0.999f, -1.0000001f, 2, Float.NaN})
  void whatIsNotExactStaysFloat(float odd) {
    Tensor weights = signs(new SplittableRandom(5), true, 20, 20);
    float[] values = weights.toFloats();
    values[77] = odd;
    Model model = network(Tensor.ofFloats(weights.shape(), values)).model();
    assertThat(PackedWeights.pack(model)).isEqualTo(new PackedWeights.Report(0, 0, 0, 0));
    assertThat(model.opsets().versions()).doesNotContainKey("dev.quench");
  }

  @Test
  void smallTensorsAndThoseThatAreNoWeightsStayFloat() {
    GraphMaker made = new GraphMaker(17, 2);
    Value x = made.input("x", 12, 10);
    Value small = made.constant("small", signs(new SplittableRandom(1), false, 10, 12));
    Value added = made.constant("added", signs(new SplittableRandom(2), false, 12, 12));
    Value product = made.node(NodeBuilder.of("MatMul").inputs(x, small).output("p")).output(0);
    made.output(NodeBuilder.of("Add").inputs(product, added), "y");
    assertThat(PackedWeights.pack(made.model()).binary()).isZero();
  }

  @Test
  void packedWeightsMayLieInExternalData(@TempDir Path folder) throws IOException {
    Tensor weights = signs(new SplittableRandom(6), false, 256, 64);
    Model model = network(weights).model();
    PackedWeights.pack(model);
    Path file = folder.resolve("model.onnx");
    OnnxWriter.write(model, file, OnnxWriter.Options.EXTERNAL);
    assertThat(Files.size(folder.resolve("model.onnx.data"))).isEqualTo(256 * 64 / 8);
    Value w = OnnxReader.read(file).graph().value("w").orElseThrow();
    assertThat(w.initializer().orElseThrow().contentEquals(weights)).isTrue();
  }

  // ---- damage ----

  private static void refused(Consumer<Node> damage, String... words) {
    Model model = network(signs(new SplittableRandom(8), true, 13, 11)).model();
    PackedWeights.pack(model);
    damage.accept(model.graph().nodes().getFirst());
    byte[] bytes = OnnxWriter.toBytes(model);
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> OnnxReader.read(bytes, "packed.onnx"))
        .satisfies(e ->
            assertThat(e.getMessage())
                .startsWith("packed.onnx: dev.quench.UnpackTernary 'w_unpack': ")
                .contains(words));
  }

  private static void setBits(Node node, int at, int flipped) {
    Value source = node.input(0);
    byte[] bits = source.initializer().orElseThrow().bytes().toArray(ValueLayout.JAVA_BYTE);
    bits[at] ^= (byte) flipped;
    node.graph()
        .setInitializer(
            source, Tensor.of(DataType.UINT8, Shape.of(bits.length), MemorySegment.ofArray(bits)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 17, 18, 35})
  void aFlippedBitIsFoundByTheChecksum(int at) {
    refused(node -> setBits(node, at, 1), "checksum", "the file is damaged");
  }

  @Test
  void aChangedShapeIsFoundByTheChecksum() {
    refused(
        node -> node.setAttribute("shape", AttributeValue.ofInts(11, 13)), "checksum", "expected");
  }

  @Test
  void aSetPadBitIsFoundEvenWithAChecksumThatFits() {
    refused(
        node -> {
          setBits(node, 35, 0x80);
          byte[] bits =
              node.input(0).initializer().orElseThrow().bytes().toArray(ValueLayout.JAVA_BYTE);
          node.setAttribute(
              "sha256",
              AttributeValue.of(WeightPacking.TERNARY.checksum(1, Shape.of(13, 11), bits)));
        },
        "bits after the last weight are set");
  }

  @Test
  void hostileAttributesAreRefused() {
    refused(node -> node.setAttribute("version", AttributeValue.of(2)), "version 2, expected 1");
    refused(node -> node.setAttribute("layout", AttributeValue.of("blocked")), "blocked");
    refused(node -> node.removeAttribute("shape"), "rank 0");
    refused(node -> node.setAttribute("shape", AttributeValue.ofInts(-1, 5)), "size outside");
    refused(node -> node.setAttribute("shape", AttributeValue.ofInts(1L << 62, 4)), "size outside");
    refused(
        node -> node.setAttribute("shape", AttributeValue.ofInts(1 << 20, 1 << 20, 1 << 20)),
        "would take more than");
    refused(node -> node.setAttribute("shape", AttributeValue.ofInts(13, 12)), "bytes, expected");
    refused(node -> node.removeAttribute("sha256"), "checksum");
    refused(node -> node.setInput(1, node.input(0)), "inputs");
  }

  @Test
  void onePackedTensorCannotBeExpandedTwice() {
    refused(
        node ->
            node.graph()
                .insertAfter(
                    node,
                    NodeBuilder.of("UnpackBinary")
                        .domain("dev.quench")
                        .inputs(node.input(0))
                        .output("again")),
        "that nothing else reads");
  }

  @Test
  void theLimitForTensorsHolds() {
    Model model = network(signs(new SplittableRandom(9), false, 100, 100)).model();
    PackedWeights.pack(model);
    byte[] bytes = OnnxWriter.toBytes(model);
    OnnxReader reader = new OnnxReader(OnnxLimits.DEFAULT.withTensorBytes(10_000));
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> reader.readBytes(bytes, "packed.onnx", null))
        .withMessageContaining("would take more than 10000 bytes");
  }
}
