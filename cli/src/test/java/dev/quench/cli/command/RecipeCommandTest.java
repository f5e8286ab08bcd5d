// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import dev.quench.onnx.OnnxReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeCommandTest {
  private static final String TRAINED =
      """
      threads: 1
      steps:
        - {step: train, arch: lenet, epochs: 2, samples: 500, validation: 50}
        - {step: eval, samples: 300, min-top1: 20}
      """;

  @TempDir private Path folder;

  private Result run(String text, Object... arguments) throws IOException {
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(file, text);
    List<Object> command =
        new ArrayList<>(List.of("recipe", file, "--work", folder.resolve("work"), "--json"));
    command.addAll(List.of(arguments));
    return Cli.run(command.toArray());
  }

  @Test
  void trainsOnceAndEvaluates() throws IOException {
    String data = "idx:" + BundledFolder.in(folder);
    Result dry = run(TRAINED, "--data", data, "--dry-run");
    assertThat(dry.json().get("steps").get(0).get("cached").asBoolean()).isFalse();
    assertThat(folder.resolve("work")).doesNotExist();

    Result first = run(TRAINED, "--data", data);
    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.err()).contains("epoch 2 of 2");
    JsonNode train = first.json().get("steps").get(0);
    assertThat(train.get("figures").get("validationAccuracy").asDouble()).isPositive();
    assertThat(Path.of(train.get("files").get("model").asText())).exists();

    Result again = run(TRAINED, "--data", data);
    assertThat(again.err()).doesNotContain("epoch");
    assertThat(again.json().get("steps").get(1).get("cached").asBoolean()).isTrue();
    assertThat(again.json().get("steps").get(1).get("figures"))
        .isEqualTo(first.json().get("steps").get(1).get("figures"));
  }

  @Test
  void distillsThenQuantizesWithoutAndWithTraining() throws IOException {
    String data = "idx:" + BundledFolder.in(folder);

    Result result =
        run(
            """
            threads: 1
            steps:
              - {step: train, name: teacher, arch: vgg-small, width: 0.25, epochs: 3, samples: 800}
              - {step: distill, arch: vgg-small, width: 0.125, epochs: 3, samples: 800, temperature: 2}
              - {step: ptq, batches: 4, batch-size: 32}
              - {step: qaft, epochs: 1, samples: 300, output: int8.onnx}
              - {step: eval, samples: 300, against: distill, max-drop: 5}
            """,
            "--data",
            data);

    assertThat(result.exitCode()).as(result.err()).isZero();
    JsonNode steps = result.json().get("steps");
    assertThat(Files.size(Path.of(steps.get(1).get("files").get("model").asText())))
        .isLessThan(Files.size(Path.of(steps.get(0).get("files").get("model").asText())));
    assertThat(steps.get(2).get("figures").get("samples").asInt()).isEqualTo(128);
    assertThat(Path.of(steps.get(2).get("files").get("form").asText())).exists();
    assertThat(OnnxReader.read(folder.resolve("int8.onnx")).graph().nodes())
        .anyMatch(node -> node.is("QuantizeLinear"));
  }

  @Test
  void prunesByWhatTheLossSays() throws IOException {
    String text =
        """
        threads: 1
        steps:
          - {step: train, arch: lenet, epochs: 1, samples: 300}
          - {step: prune, method: taylor, ratio: 0.3, samples: 200}
          - {step: eval, samples: 100}
        """;
    Result result = run(text, "--data", "idx:" + BundledFolder.in(folder));
    assertThat(result.exitCode()).as(result.err()).isZero();
    JsonNode figures = result.json().get("steps").get(1).get("figures");
    assertThat(figures.get("macs").asDouble())
        .isLessThanOrEqualTo(0.7 * figures.get("macsBefore").asDouble());

    Result without = run(text.replace(", samples: 200", ", widths: 4"));
    assertThat(without.exitCode()).isEqualTo(1);
    assertThat(without.err())
        .contains("line 4", "widths is for a search: give search: sensitivity or amc");
  }

  @Test
  void saysWhatOfABinaryNetworkBecomesFloat() throws IOException {
    String text =
        """
        threads: 1
        steps:
          - {step: train, arch: vgg-small, width: 0.125, weights: 1, activations: 1, epochs: 1, samples: 100}
          - {step: fine-tune, epochs: 1, samples: 100}
          - {step: qat, input: train, epochs: 1, samples: 100}
        """;
    String data = "idx:" + BundledFolder.in(folder);
    Result result = run(text, "--data", data);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err())
        .contains("Conv 'conv2' becomes float", "weights: 1 or 1.5")
        .contains("Conv 'conv2' is trained with more bits");

    Result signs = run(text.replace("fine-tune,", "fine-tune, activations: 1,"), "--data", data);
    assertThat(signs.exitCode()).isEqualTo(1);
    assertThat(signs.err()).contains("takes signs already; activations: 32 keeps them");
  }

  @Test
  void refusesToFineTuneWhatHasNoRanges() throws IOException {
    Result result = run("steps:\n  - {step: train, arch: lenet}\n  - step: qaft\n");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("line 3: step qaft has no form: no step before gives one");
  }

  /// As if the process had ended between the last epoch and the end of the step.
  @Test
  void anInterruptedTrainingGoesOn() throws IOException {
    String data = "idx:" + BundledFolder.in(folder);
    JsonNode train = run(TRAINED, "--data", data).json().get("steps").get(0);
    Path model = Path.of(train.get("files").get("model").asText());
    byte[] trained = Files.readAllBytes(model);
    Files.delete(model.resolveSibling("done.json"));
    Files.delete(model);

    Result again = run(TRAINED, "--data", data);

    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(again.err()).doesNotContain("epoch");
    assertThat(Files.readAllBytes(model)).isEqualTo(trained);
  }

  @Test
  void aBoundThatDoesNotHoldEndsWithThree() throws IOException {
    String data = "idx:" + BundledFolder.in(folder);
    Result result = run(TRAINED.replace("min-top1: 20", "min-top1: 99.9"), "--data", data);
    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err()).contains("line 4, step eval: top-1 is", "below min-top1 99.9");
  }

  @Test
  void aMistakeIsOneLineWithItsNumber() throws IOException {
    Result result = run("steps:\n - step: train\n   arch: nin\n   epoch: 3\n");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.err()).contains("recipe.yaml, line 4: unknown option 'epoch'");
    assertThat(run(TRAINED, "--data", "odd:x").exitCode()).isEqualTo(2);
    Result none = run(TRAINED);
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.err()).contains("line 3, step train: the step needs data");
    assertThat(Cli.run("recipe", folder.resolve("gone.yaml")).exitCode()).isEqualTo(1);
  }

  /// With fewer epochs and samples, without the bounds, which need more.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void documentedRecipesRun(int index) throws IOException {
    List<String> recipes =
        Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("../docs/recipes.md")))
            .results()
            .map((MatchResult found) -> found.group(1))
            .toList();
    assertThat(recipes).hasSize(3);
    String quick =
        recipes
            .get(index)
            .replaceAll("epochs: \\d+", "epochs: 1\n    samples: 400")
            .replaceAll("step: eval", "step: eval\n    samples: 200")
            .replaceAll("(max-drop|min-top1): .*", "")
            .replaceAll("width: [\\d.]+", "width: 0.125")
            .replaceAll("(against: .*)\n", "$1\n    max-drop: 100\n");

    Result result = run(quick, "--data", "idx:" + BundledFolder.in(folder));

    assertThat(result.exitCode()).as(quick + result.err()).isZero();
  }
}
