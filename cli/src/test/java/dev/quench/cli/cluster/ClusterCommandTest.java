// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.Cli;
import dev.quench.cli.Main;
import dev.quench.cli.option.BundledSample;
import dev.quench.cli.output.CommandException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterCommandTest {
  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void copyModel() throws IOException {
    model = folder.resolve("nin.onnx");
    try (InputStream in = Main.class.getResourceAsStream("demo/" + BundledSample.MODEL)) {
      Files.copy(in, model);
    }
  }

  private Cli.Result calibrate(String table, Object... more) {
    Object[] arguments = {
      "calibrate",
      model,
      "--data",
      "demo-train",
      "--samples",
      24,
      "--seed",
      5,
      "--table",
      folder.resolve(table)
    };
    Object[] all = Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    return Cli.run(all);
  }

  @Test
  void whatIsSentGivesTheTableOfThisMachine() throws IOException {
    Cli.Result here = calibrate("here.json");
    Cli.Result there = calibrate("there.json", "--spark", ThisMachine.MASTER);

    assertThat(here.exitCode()).as(here.err()).isZero();
    assertThat(there.exitCode()).as(there.err()).isZero();
    assertThat(folder.resolve("there.json")).hasSameTextualContentAs(folder.resolve("here.json"));
  }

  @Test
  void whatIsSentGivesTheScoresOfThisMachine() {
    for (String metric : new String[] {"top-k", "fidelity"}) {
      Cli.Result here = eval(metric);
      Cli.Result there = eval(metric, "--spark", ThisMachine.MASTER);

      assertThat(there.exitCode()).as(there.err()).isZero();
      String key = metric.equals("top-k") ? "top1" : "cosine";
      JsonNode score = there.json().at("/results/0/" + key);
      assertThat(score.isNumber()).as(there.out()).isTrue();
      assertThat(score.doubleValue()).isEqualTo(here.json().at("/results/0/" + key).doubleValue());
    }
  }

  private Cli.Result eval(String metric, Object... more) {
    Object[] arguments = {
      "eval", model, "--data", "demo", "--samples", 24, "--metric", metric, "--json"
    };
    Object[] all = Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    return Cli.run(all);
  }

  @Test
  void refusesWhatAClusterDoesByItselfOrNotAtAll() {
    assertThat(calibrate("t.json", "--spark", ThisMachine.MASTER, "--shard", "1/2"))
        .satisfies(result -> {
          assertThat(result.exitCode()).isEqualTo(2);
          assertThat(result.err()).contains("--spark excludes --shard");
        });
    assertThat(calibrate("t.json", "--partitions", 4))
        .satisfies(result -> {
          assertThat(result.exitCode()).isEqualTo(2);
          assertThat(result.err()).contains("need --spark");
        });
    assertThat(calibrate("t.json", "--spark", ThisMachine.MASTER, "--threads", 2))
        .satisfies(result -> {
          assertThat(result.exitCode()).isEqualTo(2);
          assertThat(result.err()).contains("spark.task.cpus");
        });
    assertThat(eval("none", "--spark", ThisMachine.MASTER))
        .satisfies(result -> {
          assertThat(result.exitCode()).isEqualTo(2);
          assertThat(result.err() + result.out()).contains("--spark needs a metric");
        });
    assertThat(Files.exists(folder.resolve("t.json"))).isFalse();
  }

  @Test
  void refusesToReplaceWhatIsThere() throws IOException {
    Path cache = Files.writeString(folder.resolve("t.cache"), "mine");
    Path report = Files.writeString(folder.resolve("r.html"), "mine");
    Path provenance = Files.writeString(folder.resolve("p.json"), "mine");
    String[] spark = {"--spark", ThisMachine.MASTER};

    for (Cli.Result result :
        new Cli.Result[] {
          calibrate("t.json", "--cache", cache, spark[0], spark[1]),
          calibrate("t.json", "--report", report, spark[0], spark[1]),
          calibrate("t.json", "--provenance", provenance, spark[0], spark[1]),
          eval("top-k", "--report", report, spark[0], spark[1])
        }) {
      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.err())
          .containsPattern(
              "\\S*(t.cache|r.html|p.json) exists; name another file, remove it, or give --overwrite");
    }
    assertThat(folder.resolve("t.json")).doesNotExist();
    assertThat(cache).hasContent("mine");
    assertThat(report).hasContent("mine");
    assertThat(provenance).hasContent("mine");

    Cli.Result replaced = calibrate("t.json", "--cache", cache, "--overwrite", spark[0], spark[1]);
    assertThat(replaced.exitCode()).as(replaced.err()).isZero();
    assertThat(cache).content().startsWith("TRT-");
  }

  @Test
  void reusesATableThatSaysTheSame() throws IOException {
    assertThat(calibrate("t.json", "--spark", ThisMachine.MASTER).exitCode()).isZero();
    Cli.Result again = calibrate("t.json", "--spark", ThisMachine.MASTER);
    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(again.err()).contains("is valid: same model, data and method");

    Cli.Result unseen =
        calibrate(
            "t.json", "--spark", ThisMachine.MASTER, "--provenance", folder.resolve("p.json"));
    assertThat(unseen.exitCode()).as(unseen.err()).isZero();
    assertThat(unseen.err())
        .contains("the table was reused without a job; --provenance writes nothing");
    Path report = Files.writeString(folder.resolve("r.html"), "mine");
    Cli.Result replacing = calibrate("t.json", "--spark", ThisMachine.MASTER, "--report", report);
    assertThat(replacing.exitCode()).isEqualTo(1);
    assertThat(report).hasContent("mine");

    Cli.Result other = calibrate("t.json", "--spark", ThisMachine.MASTER, "--method", "minmax");
    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.err()).contains("t.json exists");
  }

  @Test
  void executorsMayHaveTheGpuThatThisMachineLacks() {
    Cli.Result own =
        eval("top-k", "--backend", "onnxruntime,tensorrt", "--spark", ThisMachine.MASTER);
    assertThat(own.exitCode()).as(own.err()).isZero();
    assertThat(own.err()).contains("each executor builds its own engine, and engines may differ");
    assertThat(ThisMachine.engineCache).isEmpty();

    Path engines = folder.resolve("engines");
    Cli.Result shared =
        eval(
            "top-k",
            "--backend",
            "onnxruntime,tensorrt",
            "--engine-cache",
            engines,
            "--spark",
            ThisMachine.MASTER);
    assertThat(shared.exitCode()).as(shared.err()).isZero();
    assertThat(shared.err()).doesNotContain("each executor");
    assertThat(ThisMachine.engineCache).hasValue(engines);
    assertThat(
            eval(
                    "top-k",
                    "--backend",
                    "onnxruntime,tensorrt",
                    "--no-engine-cache",
                    "--spark",
                    ThisMachine.MASTER)
                .err())
        .doesNotContain("each executor");
  }

  @Test
  void saysInOneLineWhatTheClusterSays() {
    Cli.Result result = calibrate("t.json", "--spark", "elsewhere");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("no such master: elsewhere");
    assertThat(Files.exists(folder.resolve("t.json"))).isFalse();
  }

  @Test
  void saysWhatIsMissingWithoutTheModuleForSpark() throws IOException {
    try (URLClassLoader none = new URLClassLoader(new URL[0], null)) {
      assertThatThrownBy(() -> new ClusterOptions().connect(none))
          .isInstanceOf(CommandException.class)
          .hasMessage(
              "--spark: quench-spark is not on the class path; set SPARK_HOME to an installation of Spark 4.2 and start with ./quench, which adds its jars");
    }
  }
}
