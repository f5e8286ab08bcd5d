// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import dev.quench.cli.Main;
import dev.quench.cli.option.BundledSample;
import dev.quench.data.array.NpyFile;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Shards, differences and the choice of a method.
class CalibrateCommandTest {
  @TempDir static Path folder;
  private static Path model;

  @BeforeAll
  static void writeModel() throws IOException {
    model = folder.resolve("nin.onnx");
    try (InputStream in = Main.class.getResourceAsStream("demo/" + BundledSample.MODEL)) {
      Files.copy(in, model);
    }
  }

  @Test
  void shardsMergeToTheVeryTableOfOneRun() throws IOException {
    Path whole = folder.resolve("whole.json");
    assertThat(calibrate(whole, "--method", "auto").exitCode()).isZero();
    for (int shard = 1; shard <= 3; shard++) {
      Result part =
          calibrate(
              folder.resolve("part" + shard + ".json"),
              "--method",
              "auto",
              "--shard",
              shard + "/3");
      assertThat(part.exitCode()).as(part.err()).isZero();
    }
    Path merged = folder.resolve("merged.json");
    Result merge =
        Cli.run(
            "table",
            "merge",
            folder.resolve("part3.json"),
            folder.resolve("part1.json"),
            folder.resolve("part2.json"),
            "--table",
            merged);
    assertThat(merge.exitCode()).as(merge.err()).isZero();
    assertThat(merged).hasSameTextualContentAs(whole);
    assertThat(Cli.run("table", "diff", whole, merged).exitCode()).isZero();
    assertThat(folder).isDirectoryNotContaining("glob:**.checkpoint");
  }

  @Test
  void namesTensorsWithAnOutlier() throws IOException {
    float[] pixels = new float[4 * 784];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (i * 37 % 101 - 50) / 20f;
    }
    pixels[1000] = 1e6f;
    Path data = folder.resolve("outlier.npy");
    NpyFile.write(data, Tensor.ofFloats(Shape.of(4, 1, 28, 28), pixels));
    for (String method : new String[] {"entropy", "mse", "auto", "percentile:99.9"}) {
      Result result =
          Cli.run(
              "calibrate",
              model,
              "--data",
              "npy:image=" + data,
              "--method",
              method,
              "--table",
              folder.resolve(method.replace(':', '-') + ".json"),
              "--json");
      assertThat(result.exitCode()).as(result.err()).isZero();
      assertThat(result.err()).contains("'image' has one outlier up to 1.000e+06");
      assertThat(result.json().at("/tensors/0/threshold").asDouble())
          .as(method)
          .isBetween(2.0, 2.6);
    }
  }

  @Test
  void anotherMethodNeedsNoData() {
    Path source = folder.resolve("source.json");
    Path direct = folder.resolve("direct.json");
    Path derived = folder.resolve("derived.json");
    calibrate(source, "--method", "entropy", "--histograms");
    calibrate(direct, "--method", "mse");
    Result result = Cli.run("table", "reestimate", source, "--method", "mse", "--table", derived);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(derived).hasSameTextualContentAs(direct);
  }

  @Test
  void differencesExitWithThree() {
    Path one = folder.resolve("one.json");
    Path other = folder.resolve("other.json");
    calibrate(one, "--method", "minmax");
    calibrate(other, "--method", "mse");
    Result diff = Cli.run("table", "diff", one, other);
    assertThat(diff.exitCode()).isEqualTo(3);
    assertThat(diff.out()).contains("method: minmax | mse", "relu1");
  }

  @Test
  void keepsTheMethodThatScoresBest() {
    Path table = folder.resolve("best.json");
    Result result = calibrate(table, "--choose-by-score");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).contains("entropy", "minmax", "percentile");
    assertThat(table).isNotEmptyFile();
  }

  @Test
  void shardsChooseTheMethodOnceMergedAsOneRunDoes() {
    Object[] choice = {"--choose-by-score", "--metric", "fidelity"};
    Path whole = folder.resolve("chosen.json");
    Result one = calibrate(whole, choice);
    assertThat(one.exitCode()).as(one.err()).isZero();
    for (int shard = 1; shard <= 2; shard++) {
      Result part =
          calibrate(
              folder.resolve("half" + shard + ".json"),
              "--choose-by-score",
              "--metric",
              "fidelity",
              "--shard",
              shard + "/2");
      assertThat(part.exitCode()).as(part.err()).isZero();
      assertThat(part.err()).contains("held back the last 15 samples");
    }
    Path merged = folder.resolve("chosen-merged.json");
    Result merge =
        judged(
            "merge", folder.resolve("half2.json"), folder.resolve("half1.json"), "--table", merged);
    assertThat(merge.exitCode()).as(merge.err()).isZero();
    assertThat(merged).hasSameTextualContentAs(whole);
    assertThat(merge.out()).contains(one.out().lines().limit(8).toList());
  }

  @Test
  void aTableOfAllSamplesHasNoneToJudgeOn() {
    Path all = folder.resolve("all.json");
    calibrate(all, "--histograms");
    Path never = folder.resolve("not-judged.json");
    Result refused = judged("reestimate", all, "--table", never);

    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("samples 0 to 59, of which those from 45 on");
    assertThat(never).doesNotExist();
  }

  @Test
  void choosingForATableNeedsModelAndData() {
    Path table = folder.resolve("any.json");
    calibrate(table, "--histograms");
    Path never = folder.resolve("not-chosen.json");
    Result withoutModel =
        Cli.run("table", "reestimate", table, "--choose-by-score", "--table", never);
    Result withoutChoice =
        Cli.run("table", "reestimate", table, "--model", model, "--table", never);

    assertThat(withoutModel.exitCode()).isEqualTo(2);
    assertThat(withoutModel.err()).contains("--model and --data");
    assertThat(withoutChoice.exitCode()).isEqualTo(2);
    assertThat(never).doesNotExist();
  }

  @Test
  void saysWhatAutoChoseForEachTensor() {
    Path table = folder.resolve("auto.json");
    Result result = calibrate(table, "--method", "auto");
    Result shown = Cli.run("table", "show", table, "--json");

    assertThat(result.out()).containsPattern("chosen: .* for \\d+");
    assertThat(shown.json().at("/tensors/0/method").asText()).isNotEmpty().isNotEqualTo("auto");
  }

  private static Result judged(Object... command) {
    Object[] judge = {
      "--choose-by-score", "--model", model, "--data", "demo-train", "--samples", 60
    };
    Object[] all = new Object[1 + command.length + judge.length];
    all[0] = "table";
    System.arraycopy(command, 0, all, 1, command.length);
    System.arraycopy(judge, 0, all, 1 + command.length, judge.length);
    return Cli.run(all);
  }

  @Test
  void refusesWhatIsNoShardAndWhatHasNoScore() {
    Path table = folder.resolve("never.json");
    assertThat(calibrate(table, "--shard", "4/3").exitCode()).isEqualTo(2);
    assertThat(calibrate(table, "--shard", "x").exitCode()).isEqualTo(2);
    assertThat(calibrate(table, "--choose-by-score", "--metric", "none").exitCode()).isEqualTo(2);
    Result tooMany = calibrate(table, "--shard", "1/100");
    assertThat(tooMany.exitCode()).as(tooMany.err()).isEqualTo(1);
    assertThat(table).doesNotExist();
  }

  private static Result calibrate(Path table, Object... options) {
    Object[] command = {
      "calibrate", model, "--data", "demo-train", "--samples", 60, "--table", table
    };
    Object[] all = Arrays.copyOf(command, command.length + options.length);
    System.arraycopy(options, 0, all, command.length, options.length);
    return Cli.run(all);
  }

  @Test
  void writesAPageOfItsRanges() throws IOException {
    Path page = folder.resolve("ranges.html");
    Result result = calibrate(folder.resolve("page.json"), "--histograms", "--report", page);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(Files.readString(page))
        .contains(
            "<h1>Calibration of nin</h1>",
            "13 tensors by entropy",
            "Share of values beyond the threshold",
            "Histogram of relu1",
            "Content-Security-Policy")
        .doesNotContain("<script");
    Path plain = folder.resolve("plain.html");
    calibrate(folder.resolve("plain.json"), "--report", plain);
    assertThat(plain).content().contains("data-label=\"threshold\"");
  }
}
