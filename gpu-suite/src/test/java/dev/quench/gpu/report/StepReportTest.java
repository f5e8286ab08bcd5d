// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepReportTest {
  private static final Path SCHEMA = Path.of("../docs/results/gpu-step.schema.json");

  @TempDir Path folder;

  @Test
  void everyFigureIsOnDiskWhenItIsPut() {
    StepReport report = open(machine("580.1"), false);
    report.part(
        "first",
        part -> {
          part.put("seconds", 1.5);
          assertThat(read().at("/result/parts/first/figures/seconds").asDouble()).isEqualTo(1.5);
          part.add("rows", Map.of("name", "a"));
          assertThat(read().at("/result/parts/first/figures/rows/0/name").asText()).isEqualTo("a");
          assertThat(read().at("/result/parts/first/status").asText()).isEqualTo("running");
        });
  }

  @Test
  void aPartThatFailsIsRecordedAndPassedOver() {
    StepReport report = open(machine("580.1"), false);
    report.part(
        "first",
        part -> {
          part.put("before", 1L);
          throw new IOException("broken off");
        });
    report.part("second", part -> part.put("after", 2L));
    report.end();
    assertThat(read().at("/status").asText()).isEqualTo("failed");
    assertThat(read().at("/result/parts/first/status").asText()).isEqualTo("failed");
    assertThat(read().at("/result/parts/first/detail").asText()).contains("broken off");
    assertThat(read().at("/result/parts/first/figures/before").asLong()).isEqualTo(1);
    assertThat(read().at("/result/parts/second/status").asText()).isEqualTo("done");
  }

  @Test
  void anErrorOfAPartIsPassedOverToo() {
    StepReport report = open(machine("580.1"), false);
    report.part(
        "first",
        _ -> {
          throw new UnsatisfiedLinkError("no library");
        });
    report.part("second", part -> part.put("after", 2L));
    assertThat(read().at("/result/parts/second/status").asText()).isEqualTo("done");
  }

  @Test
  void aMissedBarIsAFigureAndNoFailure() {
    StepReport report = open(machine("580.1"), false);
    report.part("first", part -> part.put("cosine", 0.98, Bar.atLeast(0.99)));
    report.end();
    assertThat(read().at("/status").asText()).isEqualTo("done");
    assertThat(read().at("/result/parts/first/bars/0/holds").asBoolean(true)).isFalse();
    assertThat(StepReport.remarks(folder, "step"))
        .containsExactly("first: BAR MISSED: cosine is 0.98, at least 0.99");
  }

  @Test
  void whatIsNotANumberHoldsNoBar() {
    StepReport report = open(machine("580.1"), false);
    report.part(
        "first",
        part -> {
          part.put("least", Double.NaN, Bar.atLeast(0.99));
          part.put("most", Double.NaN, Bar.atMost(0.99));
        });
    assertThat(read().at("/result/parts/first/bars/0/holds").asBoolean(true)).isFalse();
    assertThat(read().at("/result/parts/first/bars/1/holds").asBoolean(true)).isFalse();
    assertThat(read().at("/result/parts/first/figures/least").asText()).isEqualTo("NaN");
  }

  @Test
  void finishedPartsAreKeptOnTheSameMachine() {
    StepReport first = open(machine("580.1"), false);
    first.part("done", part -> part.put("run", 1L));
    first.part(
        "failed",
        _ -> {
          throw new IOException("broken off");
        });
    StepReport second = open(machine("580.1"), false);
    second.part("done", part -> part.put("run", 2L));
    second.part("failed", part -> part.put("run", 2L));
    second.end();
    assertThat(read().at("/result/parts/done/figures/run").asLong()).isEqualTo(1);
    assertThat(read().at("/result/parts/failed/figures/run").asLong()).isEqualTo(2);
    assertThat(read().at("/status").asText()).isEqualTo("done");
  }

  @Test
  void nothingIsKeptOfAnotherDriver() {
    open(machine("580.1"), false).part("done", part -> part.put("run", 1L));
    open(machine("590.1"), false).part("done", part -> part.put("run", 2L));
    assertThat(read().at("/result/parts/done/figures/run").asLong()).isEqualTo(2);
  }

  @Test
  void aStepIsDoneOnlyForTheSameGpuDriverAndTensorRt() {
    StepReport report = open(machine("580.1"), false);
    report.part("first", part -> part.put("run", 1L));
    report.end();
    assertThat(StepReport.isDone(folder, "step", machine("580.1"))).isTrue();
    assertThat(StepReport.isDone(folder, "step", machine("580.2"))).isFalse();
    for (String fact : List.of(Machine.GPU, Machine.TENSORRT, Machine.DRIVER_CUDA)) {
      Map<String, String> other = new HashMap<>(machine("580.1").facts());
      other.put(fact, "another");
      assertThat(StepReport.isDone(folder, "step", new Machine(other))).as(fact).isFalse();
    }
  }

  @Test
  void aStepWithoutPartsIsNotDone() {
    open(machine("580.1"), false).end();
    assertThat(read().at("/status").asText()).isEqualTo("failed");
  }

  @Test
  void aRehearsalMayFailAtTheDriver() {
    StepReport report = open(machine("580.1"), true);
    report.part(
        "first",
        _ -> {
          throw new IllegalStateException(
              "createInferBuilder failed",
              new IOException("CUDA initialization failure with error"));
        });
    report.end();
    assertThat(read().at("/status").asText()).isEqualTo("rehearsed");
    assertThat(read().at("/result/parts/first/status").asText()).isEqualTo("up to the driver");
  }

  @Test
  void aRehearsalFailsBeforeTheDriver() {
    StepReport report = open(machine("580.1"), true);
    report.part(
        "first",
        _ -> {
          throw new NullPointerException("model");
        });
    report.end();
    assertThat(read().at("/status").asText()).isEqualTo("failed");
  }

  @Test
  void failingAtTheDriverIsFailingOnceItIsReal() {
    StepReport report = open(machine("580.1"), false);
    report.part(
        "first",
        _ -> {
          throw new IllegalStateException("CUDA initialization failure with error 999");
        });
    report.end();
    assertThat(read().at("/status").asText()).isEqualTo("failed");
  }

  @Test
  void fitsItsSchema() throws IOException {
    StepReport report = open(machine("580.1"), true);
    report.part("done", part -> part.put("cosine", 1.0, Bar.atLeast(0.99)).put("text", "a"));
    report.part(
        "failed",
        _ -> {
          throw new IOException("broken off");
        });
    report.part(
        "driver",
        part -> {
          part.put("list", List.of("a")).put("infinite", Double.POSITIVE_INFINITY, Bar.atMost(1));
          part.standsIn();
        });
    report.end();
    JsonSchema schema =
        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(Files.readString(SCHEMA));
    assertThat(schema.validate(read())).isEmpty();
    assertThat(schema.validate(new ObjectMapper().readTree("{\"step\": 1}"))).isNotEmpty();
  }

  private StepReport open(Machine machine, boolean rehearsal) {
    return StepReport.open(folder, "step", machine, rehearsal);
  }

  private static Machine machine(String driver) {
    return new Machine(
        Map.of(
            Machine.GPU, "a GPU",
            Machine.DRIVER, driver,
            Machine.DRIVER_CUDA, "13.0",
            Machine.TENSORRT, "10.15"));
  }

  private JsonNode read() {
    try {
      return new ObjectMapper().readTree(folder.resolve("gpu-step.json").toFile());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
