// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.data.source.DataSource;
import dev.quench.run.dataset.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipeFileTest {
  @TempDir private Path folder;

  private Recipe read(String text) throws IOException {
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(file, text);
    return RecipeFile.read(file);
  }

  private void refused(int line, String message, String text) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(RecipeSyntaxException.class)
        .hasMessageStartingWith(folder.resolve("recipe.yaml") + ", line " + line + ": ")
        .hasMessageContaining(message)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  @Test
  void readsStepsAndWhatHoldsForAll() throws IOException {
    Recipe recipe =
        read(
            """
            # a comment
            data: idx:images
            seed: 7
            threads: 1
            steps:
              - step: train
                arch: lenet
                lr: 1e-3
                weights: 1.5
              - {step: optimize, name: small, output: out/small.onnx}
              - step: calibrate
              - step: quantize
            """);

    assertThat(recipe.seed()).isEqualTo(7);
    assertThat(recipe.data()).contains(new DataSource.Idx(folder.resolve("images")));
    assertThat(recipe.steps())
        .extracting(RecipeStep::name)
        .containsExactly("train", "small", "calibrate", "quantize");
    assertThat(recipe.steps()).extracting(RecipeStep::line).containsExactly(6, 10, 11, 12);
    assertThat(recipe.steps().getFirst().options().values())
        .isEqualTo(Map.of("arch", "lenet", "lr", "1e-3", "weights", "1.5"));
    assertThat(recipe.steps().get(1).output()).contains(folder.resolve("out/small.onnx"));
    assertThat(recipe.steps().get(3).sources())
        .isEqualTo(
            Map.of(
                "input", new RecipeStep.Source.Step("small", "model"),
                "calibration", new RecipeStep.Source.Step("calibrate", "table")));
  }

  @Test
  void numbersStepsOfOneKind() throws IOException {
    Recipe recipe =
        read(
            """
            steps:
              - {step: train, arch: nin}
              - step: optimize
              - step: optimize
              - {step: eval, against: optimize, max-drop: 0}
            """);
    assertThat(recipe.steps())
        .extracting(RecipeStep::name)
        .containsExactly("train", "optimize", "optimize-2", "eval");
    assertThat(recipe.steps().getLast().sources())
        .containsEntry("input", new RecipeStep.Source.Step("optimize-2", "model"))
        .containsEntry("against", new RecipeStep.Source.Step("optimize", "model"));
  }

  @Test
  void takesFiles() throws IOException {
    Path model = folder.resolve("model.onnx");
    Files.writeString(model, "x");
    Recipe recipe = read("steps:\n- step: optimize\n  input: model.onnx\n");
    assertThat(recipe.steps().getFirst().sources())
        .containsEntry("input", new RecipeStep.Source.File(model));
  }

  @Test
  void ordersStepsByWhatTheyTake() throws IOException {
    Recipe recipe =
        read(
            """
            steps:
              - {step: eval, input: last}
              - {step: train, name: first, arch: nin}
              - {step: optimize, name: last, input: first}
            """);
    assertThat(recipe.steps())
        .extracting(RecipeStep::name)
        .containsExactly("first", "last", "eval");
  }

  @Test
  void refusesACircle() {
    refused(
        2,
        "steps need each other in a circle: a → c → b → a",
        """
        steps:
          - {step: optimize, name: a, input: c}
          - {step: optimize, name: b, input: a}
          - {step: optimize, name: c, input: b}
        """);
    refused(
        2,
        "in a circle: a → a",
        """
        steps:
          - {step: optimize, name: a, input: a}
        """);
  }

  @Test
  void refusesUnknownStepsAndOptions() {
    refused(
        2,
        "unknown step 'tran'; expected one of train, sparse-train, fine-tune",
        "steps:\n - step: tran\n");
    refused(
        4,
        "unknown option 'epoch' of step train; expected arch, width",
        "steps:\n - step: train\n   arch: nin\n   epoch: 3\n");
    refused(1, "unknown option 'stepps'; expected data", "stepps:\n - step: train\n");
    refused(2, "the step lacks its kind", "steps:\n - arch: nin\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "epochs: 0|got '0', expected 1 to 2147483647",
        "epochs: many|got 'many', expected a whole number",
        "epochs: 1.5|got '1.5', expected a whole number",
        "epochs: 99999999999|expected 1 to",
        "lr: -1|got '-1', expected",
        "lr: .nan|got '.nan', expected a number",
        "lr: NaN|got 'NaN', expected",
        "weights: 8|got '8', expected 32, 1.5, 1",
        "arch: vgg|unknown architecture 'vgg'",
        "loss:|'loss' expects one value",
        "loss: [a, b]|'loss' expects one value",
        "input: nothing|unknown option 'input'",
      })
  void refusesValuesThatDoNotFit(String option, String message) {
    refused(3, message, "steps:\n - step: train\n   " + option + "\n");
  }

  @Test
  void refusesWhatTheStepsCannotDoTogether() {
    refused(2, "train needs arch:", "steps:\n - step: train\n");
    refused(2, "sparse-train needs arch:", "steps:\n - step: sparse-train\n");
    refused(3, "prune needs ratio:", "steps:\n - {step: train, arch: nin}\n - step: prune\n");
    refused(
        3,
        "asymmetric ranges belong to IAO",
        "steps:\n - {step: train, arch: nin}\n - {step: qat, scheme: lsq, asymmetric: true}\n");
    refused(2, "gives boxes", "steps:\n - {step: train, arch: csp-detector}\n");
    refused(
        3,
        "max-drop needs against:",
        "steps:\n - {step: train, arch: nin}\n - {step: eval, max-drop: 1}\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max-drop: 1, ratio: 0.5|give one of ratio and max-drop",
        "method: ista, ratio: 0.5|omit ratio, or take slimming",
        "method: ista, search: amc|omit search, or take slimming",
        "method: bogus, ratio: 0.5|got 'bogus', expected l1, l2,",
        "ratio: 0.5, widths: 4|widths is for a search",
        "ratio: 0.5, search: bogus|got 'bogus', expected sensitivity, amc",
        "search: sensitivity|prune needs ratio:",
        "ratio: 0.5, search: amc, ranking: global|a search decides instead of ranking",
        "max-drop: 1, search: amc|keeps a cost, not a drop",
        "target-latency: 2, of: parameters|omit it",
        "target-latency: 0|got '0', expected",
        "ratio: 0.5, search: amc, target-backend: xnor|is for target-latency and max-drop",
        "ratio: 0.5, samples: 9|add fit: true",
      })
  void refusesPruningThatContradictsItself(String options, String message) {
    refused(3, message, "steps:\n - {step: train, arch: nin}\n - {step: prune, " + options + "}\n");
  }

  @Test
  void refusesMissingArtifacts() {
    refused(
        2, "step optimize has no model: no step before gives one", "steps:\n - step: optimize\n");
    refused(
        3,
        "step quantize has no table",
        "steps:\n - {step: train, arch: nin}\n - step: quantize\n");
    refused(
        2,
        "'gone.onnx' is neither the name of a step nor a file",
        "steps:\n - {step: optimize, input: gone.onnx}\n");
    refused(
        4,
        "step 'calibrate' gives table, expected one that gives a model",
        "steps:\n - {step: train, arch: nin}\n - step: calibrate\n - {step: eval, input: calibrate}\n");
  }

  @Test
  void refusesNamesGivenTwice() {
    refused(
        3,
        "two steps have the name 'a'",
        "steps:\n - {step: train, arch: nin, name: a}\n - {step: optimize, name: a}\n");
    refused(
        3,
        "two steps have the output './o.onnx'",
        "steps:\n - {step: train, arch: nin, output: o.onnx}\n - {step: optimize, output: ./o.onnx}\n");
    refused(4, "'arch' is given twice", "steps:\n - step: train\n   arch: lenet\n   arch: nin\n");
    refused(2, "name: got '../x'", "steps:\n - {step: train, arch: nin, name: ../x}\n");
  }

  @Test
  void refusesMoreOfYamlThanItNeeds() {
    refused(1, "got the type tag", "!!java.net.URL [x]\n");
    refused(2, "got the type tag", "steps:\n - !!map {step: train}\n");
    refused(1, "got an anchor", "&a steps: []\n");
    refused(2, "got an anchor", "steps:\n - &x {step: eval}\n - *x\n");
    refused(2, "got an alias", "steps:\n - *x\n");
    refused(1, "nested deeper", "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]\n");
    refused(1, "nested deeper", "[".repeat(60_000));
    refused(3, "not YAML", "steps:\n - {step: train\n");
    refused(1, "the file is empty", "");
    refused(1, "expected a mapping", "- a\n");
    refused(1, "expected a list of steps", "steps: none\n");
    refused(1, "the list is empty, expected at least one step", "steps: []\n");
    refused(3, "a second document", "steps:\n - {step: train, arch: nin}\n---\nsteps: []\n");
  }

  @Test
  void refusesALargeFile() {
    assertThatThrownBy(() -> read("#".repeat(100_000)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("more than the 65536 allowed");
  }

  @Test
  void refusesToReplaceWhatItTakes() throws IOException {
    Files.writeString(folder.resolve("m.onnx"), "x");
    refused(
        2,
        "is a file that the step takes",
        "steps:\n - {step: optimize, input: m.onnx, output: m.onnx}\n");
  }

  @Test
  void dataAreReplaceable() throws IOException {
    Recipe recipe = read("steps:\n - {step: train, arch: nin}\n");
    assertThat(recipe.data()).isEqualTo(Optional.empty());
    DataSource other = new DataSource.Cifar10(folder);
    assertThat(recipe.withData(other).data()).contains(other);
  }
}
