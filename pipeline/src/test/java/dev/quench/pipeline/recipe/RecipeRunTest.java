// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.data.array.NpyFile;
import dev.quench.graph.Value;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.Notes;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.SmallNetwork;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeRunTest {
  private static final String INT8 =
      """
      data: npy:x=x.npy
      threads: 1
      steps:
        - {step: optimize, input: net.onnx}
        - {step: calibrate, samples: 16}
        - step: quantize
        - {step: export, output: int8.onnx}
      """;

  @TempDir private Path folder;

  @BeforeEach
  void network() throws IOException {
    OnnxWriter.write(SmallNetwork.model(), folder.resolve("net.onnx"));
    NpyFile.write(folder.resolve("x.npy"), new GraphMaker(17, 5).normal(32, 8, 6, 6));
  }

  private List<StepResult> run(String text) throws IOException {
    return new RecipeRun(read(text), folder.resolve("work"), new Notes()).run();
  }

  private Recipe read(String text) throws IOException {
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(file, text);
    return RecipeFile.read(file);
  }

  private static List<String> ran(List<StepResult> results) {
    return results.stream()
        .filter(result -> !result.cached())
        .map(result -> result.step().name())
        .toList();
  }

  @Test
  void runsEachStepOnce() throws IOException {
    List<StepResult> first = run(INT8);
    assertThat(ran(first)).containsExactly("optimize", "calibrate", "quantize", "export");
    assertThat(first.get(2).figures()).containsEntry("layers", 2.0);
    assertThat(OnnxReader.read(folder.resolve("int8.onnx")).graph().nodes())
        .anyMatch(node -> node.is("QuantizeLinear"));

    List<StepResult> again = run(INT8);
    assertThat(ran(again)).isEmpty();
    assertThat(again.get(2).files()).isEqualTo(first.get(2).files());
    assertThat(again.get(2).figures()).isEqualTo(first.get(2).figures());
  }

  @Test
  void aChangedStepRunsAgainWithWhatFollows() throws IOException {
    run(INT8);
    assertThat(ran(run(INT8.replace("samples: 16", "samples: 8"))))
        .containsExactly("calibrate", "quantize", "export");
    assertThat(ran(run(INT8.replace("step: quantize", "{step: quantize, form: onnxruntime}"))))
        .containsExactly("quantize", "export");
    assertThat(ran(run(INT8))).as("what was done before is still there").isEmpty();
  }

  @Test
  void otherDataOrAnotherModelRunAgain() throws IOException {
    run(INT8);
    NpyFile.write(folder.resolve("x.npy"), new GraphMaker(17, 6).normal(32, 8, 6, 6));
    assertThat(ran(run(INT8))).containsExactly("calibrate", "quantize", "export");

    GraphMaker maker = new GraphMaker(17);
    Value x = maker.input("x", Dim.of("N"), Dim.of(8), Dim.of(6), Dim.of(6));
    maker.output(maker.add("Conv", "only", x, maker.weights("w", 4, 8, 3, 3)));
    OnnxWriter.write(maker.model(), folder.resolve("net.onnx"));
    assertThat(ran(run(INT8))).hasSize(4);
  }

  @Test
  void aFileThatAStepWritesIsTakenByTheNameOfTheStep() {
    String overwriting = INT8.replace("output: int8.onnx", "output: net.onnx");

    assertThatThrownBy(() -> run(overwriting))
        .hasMessageContaining("line 4, optimize: reads ")
        .hasMessageContaining("net.onnx, which step 'export' writes; name the step instead");
  }

  @Test
  void aNewNameDoesNotRunOtherSteps() throws IOException {
    run(INT8);
    assertThat(ran(run(INT8.replace("step: export,", "step: export, name: last,"))))
        .containsExactly("last");
  }

  @Test
  void anInterruptedStepRunsAgain() throws IOException {
    List<StepResult> results = run(INT8);
    Path quantized = results.get(2).files().get("model").getParent();
    Files.delete(quantized.resolve("done.json"));
    assertThat(ran(run(INT8))).containsExactly("quantize");
  }

  @Test
  void aDamagedResultRunsAgain() throws IOException {
    Path model = run(INT8).get(2).files().get("model");
    Files.write(model, new byte[] {1, 2, 3});
    assertThat(ran(run(INT8))).containsExactly("quantize");
    Path note = model.resolveSibling("done.json");
    for (String text : List.of("", "null", "{}", "[[[[[[[[[", Files.readString(note) + "x")) {
      Files.writeString(note, text);
      assertThat(ran(run(INT8))).as(text).containsExactly("quantize");
    }
  }

  @Test
  void aNoteCannotNameFilesElsewhere() throws IOException {
    Path model = run(INT8).get(2).files().get("model");
    Path note = model.resolveSibling("done.json");
    Files.writeString(note, Files.readString(note).replace("\"model.onnx\"", "\"../../net.onnx\""));
    assertThat(ran(run(INT8))).containsExactly("quantize");
  }

  @Test
  void statusRunsNothing() throws IOException {
    Recipe recipe = read(INT8);
    RecipeRun unrun = new RecipeRun(recipe, folder.resolve("work"), new Notes());
    assertThat(unrun.status()).hasSize(4).noneMatch(RecipeRun.Status::cached);
    assertThat(folder.resolve("work")).doesNotExist();
    run(INT8);
    assertThat(unrun.status()).allMatch(RecipeRun.Status::cached);
    RecipeRun changed =
        new RecipeRun(
            read(INT8.replace("samples: 16", "samples: 8")), folder.resolve("work"), new Notes());
    assertThat(changed.status())
        .extracting(RecipeRun.Status::cached)
        .containsExactly(true, false, false, false);
  }

  @Test
  void restoresAnOutputThatIsGone() throws IOException {
    run(INT8);
    Files.delete(folder.resolve("int8.onnx"));
    assertThat(ran(run(INT8))).isEmpty();
    assertThat(folder.resolve("int8.onnx")).exists();
  }

  /// The network gives back its input; three of four labels are where it is largest.
  private void classifier() throws IOException {
    GraphMaker maker = new GraphMaker(17);
    Value x = maker.input("x", Dim.of("N"), Dim.of(3));
    maker.output(maker.add("Relu", "logits", x));
    OnnxWriter.write(maker.model(), folder.resolve("same.onnx"));
    NpyFile.write(
        folder.resolve("x.npy"),
        Tensor.ofFloats(Shape.of(4, 3), new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0}));
    NpyFile.write(folder.resolve("labels.npy"), Tensor.vector(0, 1, 2, 2));
  }

  private static String evaluation(String bound) {
    return """
    data: npy:x=x.npy,labels=labels.npy
    steps:
      - {step: optimize, input: same.onnx}
      - {step: eval, against: same.onnx%s}
      - step: optimize
    """
        .formatted(bound);
  }

  @Test
  void evaluatesAgainstAnotherModel() throws IOException {
    classifier();
    assertThat(run(evaluation(", min-top1: 75, max-drop: 0")).get(1).figures())
        .containsEntry("top1", 75.0)
        .containsEntry("drop", 0.0);
  }

  @Test
  void aBoundThatDoesNotHoldStopsTheRecipeEachTime() throws IOException {
    classifier();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> run(evaluation(", min-top1: 80")))
          .isInstanceOf(CheckFailedException.class)
          .hasMessage(
              "%s, line 4, step eval: top-1 is 75.00 %%, below min-top1 80.0"
                  .formatted(folder.resolve("recipe.yaml")));
    }
    assertThat(
            new RecipeRun(read(evaluation(", min-top1: 80")), folder.resolve("work"), new Notes())
                .status())
        .extracting(RecipeRun.Status::cached)
        .containsExactly(true, true, false);
  }

  @Test
  void prunes() throws IOException {
    List<StepResult> results =
        run("steps:\n  - {step: prune, input: net.onnx, ratio: 0.5, of: parameters}\n");
    assertThat(results.getFirst().figures().get("parameters"))
        .isLessThanOrEqualTo(results.getFirst().figures().get("parametersBefore") / 2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "method: activation, ratio: 0.4",
        "method: obs, ratio: 0.4, samples: 140",
        "fit: true, ratio: 0.4",
      })
  void prunesOnData(String options) throws IOException {
    many(5);
    String step = "steps:\n  - {step: prune, input: net.onnx, " + options + "}\n";
    StepResult result = run("data: npy:x=many.npy\n" + step).getFirst();
    assertThat(result.figures().get("macs"))
        .isLessThanOrEqualTo(0.6 * result.figures().get("macsBefore"));
    assertThatThrownBy(() -> run(step))
        .hasMessageContaining("line 2, step prune: the step needs data");
  }

  @Test
  void prunesBySearch() throws IOException {
    many(5);
    String text =
        """
        data: npy:x=many.npy
        steps:
          - {step: prune, input: net.onnx, search: sensitivity, ratio: 0.4, widths: 3, evaluations: 4, judges: 8}
        """;
    StepResult result = run(text).getFirst();
    assertThat(result.figures().get("macs"))
        .isLessThanOrEqualTo(0.6 * result.figures().get("macsBefore"));
    assertThat(result.figures()).containsKey("searchOutputError");
    assertThat(run(text).getFirst().cached()).isTrue();
  }

  /// A criterion of the weights alone does not run again when the data change.
  @Test
  void dataDecideWhereTheyAreRead() throws IOException {
    many(5);
    String byWeights =
        "data: npy:x=many.npy\nsteps:\n  - {step: prune, input: net.onnx, ratio: 0.4}\n";
    String byData = byWeights.replace("ratio", "fit: true, ratio");
    run(byWeights);
    run(byData);
    many(6);
    assertThat(run(byWeights).getFirst().cached()).isTrue();
    assertThat(run(byData).getFirst().cached()).isFalse();
  }

  private void many(long seed) throws IOException {
    NpyFile.write(folder.resolve("many.npy"), new GraphMaker(17, seed).normal(200, 8, 6, 6));
  }

  @Test
  void aFailureNamesTheStep() {
    assertThatThrownBy(() ->
            run(
                """
                steps:
                  - {step: calibrate, input: net.onnx}
                """))
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("line 2, step calibrate: the step needs data");
  }
}
