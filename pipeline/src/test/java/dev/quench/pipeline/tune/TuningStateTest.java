// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeNames;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.trial.LossBound;
import dev.quench.pipeline.tune.plan.OnnxRuntimeTuning;
import dev.quench.pipeline.tune.plan.TuningNetworks;
import dev.quench.pipeline.tune.plan.TuningSpace;
import dev.quench.run.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuningStateTest {
  private static final String MODEL = "a".repeat(64);
  private static final TuningIdentity IDENTITY =
      new TuningIdentity(MODEL, "b".repeat(64), "onnxruntime", "1.29", "noise, 5 samples");

  @TempDir private Path folder;
  private final TuningSpace space = space();

  private static TuningSpace space() {
    Model model = TuningNetworks.widening();
    PreparedModel.of(model);
    NodeNames.makeDistinct(model.graph());
    return TuningSpace.of(model, new OnnxRuntimeTuning(), NodeSelection.NONE);
  }

  private CostModel costs() {
    return new CostModel(space, 0.5, Map.of(), Map.of("n10", 0.2, "n2", 0.013));
  }

  private Path file() {
    return folder.resolve("tune.json");
  }

  private TuningOutcome run(PlanMeasurer measurer) throws IOException {
    PlanMeasurer recorded =
        new RecordedMeasurer(measurer, TuningState.open(file(), IDENTITY, space));
    return new TuningSearch(space, recorded, LossBound.ofCosine(0.95), 30, Progress.NONE).run();
  }

  @Test
  void goesOnAfterEachInterruptionWithoutMeasuringTwice() throws IOException {
    CostModel whole = costs();
    TuningOutcome expected =
        new TuningSearch(space, whole, LossBound.ofCosine(0.95), 30, Progress.NONE).run();
    for (int stop = 1; stop < whole.measured().size(); stop++) {
      Files.deleteIfExists(file());
      CostModel first = costs().failingAfter(stop);
      assertThatExceptionOfType(IOException.class).isThrownBy(() -> run(first));
      CostModel second = costs();
      assertThat(run(second)).isEqualTo(expected);
      List<String> both = new ArrayList<>(first.measured());
      both.addAll(second.measured());
      assertThat(both).isEqualTo(whole.measured());
    }
  }

  @Test
  void aFinishedSearchMeasuresNothing() throws IOException {
    TuningOutcome expected = run(costs());
    CostModel again = costs();
    assertThat(run(again)).isEqualTo(expected);
    assertThat(again.measured()).isEmpty();
  }

  @Test
  void aLargerBudgetGoesOn() throws IOException {
    run(costs());
    CostModel more = costs();
    PlanMeasurer recorded = new RecordedMeasurer(more, TuningState.open(file(), IDENTITY, space));
    new TuningSearch(space, recorded, LossBound.ofCosine(0.95), 35, Progress.NONE).run();
    assertThat(new HashSet<>(more.measured())).isNotEmpty();
  }

  @Test
  void refusesTheStateOfAnotherModelWithBothHashes() throws IOException {
    run(costs());
    refused(
        new TuningIdentity(
            "c".repeat(64), "b".repeat(64), "onnxruntime", "1.29", "noise, 5 samples"),
        "holds the tuning of another model, " + MODEL + "; expected " + "c".repeat(64));
  }

  @Test
  void refusesTheStateOfAnotherTableWithBothHashes() throws IOException {
    run(costs());
    refused(
        new TuningIdentity(MODEL, "d".repeat(64), "onnxruntime", "1.29", "noise, 5 samples"),
        "holds the tuning of another table, " + "b".repeat(64) + "; expected " + "d".repeat(64));
  }

  @Test
  void refusesAnotherBackendAndOtherData() throws IOException {
    run(costs());
    refused(
        new TuningIdentity(MODEL, "b".repeat(64), "onnxruntime", "1.30", "noise, 5 samples"),
        "another backend, 1.29; expected 1.30");
    refused(
        new TuningIdentity(MODEL, "b".repeat(64), "onnxruntime", "1.29", "other, 5 samples"),
        "another data, noise, 5 samples; expected other, 5 samples");
  }

  @Test
  void refusesAPlanThatTheTargetCannotTake() throws IOException {
    run(costs());
    Files.writeString(
        file(), Files.readString(file()).replaceFirst("iiii,iiii,iiii", "diii,iiii,iiii"));
    refused(IDENTITY, "onnxruntime cannot take the plan diii,iiii,iiii");
  }

  @Test
  void refusesDamagedFiles() throws IOException {
    run(costs());
    String whole = Files.readString(file());
    Files.writeString(file(), whole.substring(0, whole.length() / 2));
    refused(IDENTITY, "is not JSON");
    Files.writeString(file(), "{}");
    refused(IDENTITY, "has no schemaVersion 1");
    Files.writeString(file(), whole.replaceFirst("\"millis\" : [0-9.]+", "\"millis\" : -1"));
    refused(IDENTITY, "millis must be above 0, got -1.0");
    Files.writeString(file(), "[".repeat(100_000));
    refused(IDENTITY, "is not JSON");
  }

  private void refused(TuningIdentity identity, String message) {
    assertThatExceptionOfType(PipelineException.class)
        .isThrownBy(() -> TuningState.open(file(), identity, space))
        .withMessageContaining(message)
        .withMessageStartingWith(file().toString());
  }
}
