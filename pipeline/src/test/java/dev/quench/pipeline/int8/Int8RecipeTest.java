// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.int8;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.onnx.OnnxReader;
import dev.quench.pipeline.Notes;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.SmallNetwork;
import dev.quench.pipeline.quantize.QuantizedForm;
import dev.quench.pipeline.trial.LossBound;
import dev.quench.run.Precision;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Int8RecipeTest {
  @TempDir private Path folder;

  private Int8Recipe recipe(int samples) {
    return Int8Recipe.of(
        SmallNetwork.model(), SmallNetwork.data(samples, 3), new Int8Files(folder, "small"));
  }

  @Test
  void writesAllFilesAndSaysWhatItTried() throws IOException {
    Notes notes = new Notes();
    Int8Result result = recipe(40).listener(notes).run();

    assertThat(folder.resolve("small.fp32.onnx")).exists();
    assertThat(folder.resolve("calibration.json")).exists();
    assertThat(folder.resolve("calibration.cache")).exists();
    assertThat(Files.readString(folder.resolve("report.html")))
        .contains("Forms tried for ONNX Runtime");
    Path tensorRt = folder.resolve("small.int8.tensorrt.onnx");
    assertThat(Precision.of(OnnxReader.read(tensorRt))).isEqualTo(Precision.INT8);
    assertThat(result.onnxRuntime().trials()).hasSize(7);
    assertThat(result.onnxRuntime().trials().getFirst())
        .isInstanceOfSatisfying(
            FormTrial.Measured.class,
            trial -> {
              assertThat(trial.report().layers()).hasSize(2);
              assertThat(trial.worstCosine()).isGreaterThan(0.99);
            });
    assertThat(Files.exists(folder.resolve("small.int8.onnxruntime.onnx")))
        .isEqualTo(result.onnxRuntime().kept().isPresent());
    assertThat(result.report().results().getFirst().model()).isEqualTo("small.fp32");
  }

  @Test
  void keepsFloatWhereNoFormHoldsTheBound() throws IOException {
    Path stale = new Int8Files(folder, "small").int8(QuantizedForm.ONNX_RUNTIME);
    Files.writeString(stale, "of an earlier run");

    Int8Result result = recipe(40).bound(new LossBound(1, 0)).run();

    assertThat(result.onnxRuntime().best()).isEmpty();
    assertThat(stale).doesNotExist();
  }

  @Test
  void evaluatesTheWholeBatchesOfAModelWhoseBatchIsFixed() throws IOException {
    Int8Result result =
        Int8Recipe.of(
                SmallNetwork.model(Dim.of(4)),
                SmallNetwork.data(42, 3),
                new Int8Files(folder, "fixed"))
            .run();
    assertThat(result.report().results())
        .allSatisfy(each -> assertThat(each.samples()).isEqualTo(40));
  }

  @Test
  void writesNoInt8ModelWithoutALayerToQuantize() throws IOException {
    GraphMaker maker = new GraphMaker(17);
    Value x = maker.input("x", Dim.of("N"), Dim.of(8), Dim.of(6), Dim.of(6));
    NodeBuilder depthwise = NodeBuilder.of("Conv").attribute("group", 8);
    maker.output(maker.add(depthwise, "depthwise", x, maker.weights("w", 8, 1, 3, 3)));
    Int8Files files = new Int8Files(folder, "none");
    Path stale = files.int8(QuantizedForm.TENSORRT);
    Files.writeString(stale, "of an earlier run");

    Int8Recipe.of(maker.model(), SmallNetwork.data(40, 3), files).run();

    assertThat(stale).doesNotExist();
  }

  @Test
  void reusesAValidCalibration() throws IOException {
    recipe(40).run();
    assertThat(recipe(40).run().calibration().reused()).isTrue();
  }

  /// One feature of the LayerNormalization is a hundred times the others.
  private static Model withALargeFeature() {
    GraphMaker maker = new GraphMaker(17);
    Value x = maker.input("x", Dim.of("N"), Dim.of(8), Dim.of(16));
    float[] scales = new float[16];
    Arrays.fill(scales, 1);
    scales[3] = 100;
    Value scale = maker.constant("scale", Tensor.ofFloats(Shape.of(16), scales));
    Value shift = maker.weights("shift", 16);
    Value normal = maker.add("LayerNormalization", "normal", x, scale, shift);
    maker.output(maker.add("MatMul", "product", normal, maker.weights("w", 16, 32)));
    return maker.model();
  }

  @Test
  void triesSmoothedActivationsToo() throws IOException {
    Tensor noise = new GraphMaker(17, 3).normal(40, 8, 16);
    Notes notes = new Notes();
    Int8Result result =
        Int8Recipe.of(
                withALargeFeature(),
                TensorDataset.of("noise", Map.of("x", noise)),
                new Int8Files(folder, "large"))
            .listener(notes)
            .run();

    assertThat(notes.lines()).anyMatch(line -> line.startsWith("smoothed 'normal' of "));
    List<FormTrial> trials = result.onnxRuntime().trials();
    assertThat(trials).hasSize(13);
    assertThat(cosine(trials.get(7))).isGreaterThan(cosine(trials.get(0)));
    assertThat(trials.get(7).form()).hasToString(trials.get(0).form() + ", activations smoothed");
  }

  private static double cosine(FormTrial trial) {
    assertThat(trial).isInstanceOf(FormTrial.Measured.class);
    return ((FormTrial.Measured) trial).worstCosine();
  }

  @Test
  void needsSamplesToHoldBack() {
    assertThatExceptionOfType(PipelineException.class)
        .isThrownBy(() -> recipe(3).run())
        .withMessageContaining("3 samples, 3 whole batches of the model; expected 4 or more");
  }
}
