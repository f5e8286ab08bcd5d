// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.pipeline.Notes;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.calibrate.CalibrationRecipe;
import dev.quench.pipeline.trial.LossBound;
import dev.quench.pipeline.tune.plan.Plan;
import dev.quench.pipeline.tune.plan.TuningNetworks;
import dev.quench.pipeline.tune.plan.TuningSpace;
import dev.quench.run.Backends;
import dev.quench.run.Precision;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// On ONNX Runtime, whatever it finds faster.
class TuningRecipeTest {
  @TempDir private Path folder;

  private static Dataset data(int samples) {
    return TensorDataset.of("noise", Map.of("x", TuningNetworks.noise(5, samples, 16, 8, 8)));
  }

  private TuningRecipe recipe() {
    return TuningRecipe.of(TuningNetworks.mixed(), data(24)).budget(6).state(state());
  }

  private Path state() {
    return folder.resolve("tune.json");
  }

  @Test
  void whatItKeepsRunsAndHoldsTheBound() throws IOException {
    TuningResult result = recipe().run();
    TuningOutcome outcome = result.outcome();
    assertThat(outcome.measured()).isNotEmpty();
    assertThat(outcome.isBoundReached()).isTrue();
    assertThat(result.report().isPresent()).isEqualTo(outcome.best().isPresent());
    if (outcome.best().isPresent()) {
      assertThat(outcome.best().get().ratio()).isLessThanOrEqualTo(0.98);
      assertThat(outcome.bound().holds(outcome.best().get().loss())).isTrue();
      assertThat(outcome.best().get().form()).isEqualTo(ModelDigest.of(result.model()));
      assertThat(Precision.of(result.model())).isEqualTo(Precision.INT8);
    } else {
      assertThat(ModelDigest.of(result.model())).isEqualTo(ModelDigest.of(result.exact()));
    }
  }

  @Test
  void theLossOfAPointIsThatOfTheModelItNames() throws IOException {
    TuningResult result = recipe().run();
    TuningPoint.Measured first = result.outcome().measured().getFirst();
    assertThat(first.loss().worstCosine()).isBetween(0.9, 0.99999);
    assertThat(first.layers()).isEqualTo(5);
    assertThat(first.latency().millis()).isPositive();
    assertThat(result.outcome().points().getFirst().plan())
        .isEqualTo(result.outcome().space().uniform().getFirst());
  }

  @Test
  void goesOnFromItsState() throws IOException {
    TuningOutcome first = recipe().run().outcome();
    Notes notes = new Notes();
    TuningOutcome second = recipe().listener(notes).run().outcome();
    // Times would differ, were they measured again.
    assertThat(second).isEqualTo(first);
    assertThat(notes.lines()).anyMatch(line -> line.startsWith("going on from " + state()));
  }

  @Test
  void takesRangesFromATable() throws IOException {
    Model model = TuningNetworks.mixed();
    TuningResult result =
        TuningRecipe.of(TuningNetworks.mixed(), data(3))
            .ranges(CalibrationRecipe.of(PreparedModel.of(model), data(20)).run().table())
            .budget(1)
            .run();
    assertThat(result.outcome().measured()).hasSize(1);
  }

  @Test
  void refusesTheStateOfOtherRanges() throws IOException {
    recipe().budget(1).run();
    assertThatExceptionOfType(PipelineException.class)
        .isThrownBy(
            () -> TuningRecipe.of(TuningNetworks.mixed(), data(28)).budget(1).state(state()).run())
        .withMessageContaining("holds the tuning of another table");
  }

  @Test
  void aBoundThatNothingReachesLeavesTheModelFloat() throws IOException {
    TuningResult result = recipe().bound(LossBound.ofCosine(1)).run();
    assertThat(result.outcome().isBoundReached()).isFalse();
    assertThat(result.report()).isEmpty();
    assertThat(Precision.of(result.model())).isEqualTo(Precision.FP32);
  }

  @Test
  void thePageShowsThePointsAndTheRegions() throws IOException {
    TuningResult result = recipe().run();
    String page = result.toHtml("Tuning", data(8), Optional.empty(), 10, 10, Progress.NONE);
    assertThat(page)
        .contains("Latency against accuracy", "Regions and plans", "<svg ")
        .contains(result.outcome().points().getFirst().plan().code());
    assertThat(TuningJson.of(result.outcome())).contains("\"points\"", "\"regions\"");
  }

  @Test
  void saysWhatATargetLacksHere() {
    assertThatExceptionOfType(PipelineException.class)
        .isThrownBy(() -> recipe().target(new TargetElsewhere()).run())
        .withMessage("a model cannot be tuned for elsewhere here: no such device; plug one in");
    assertThat(Files.exists(state())).isFalse();
  }

  @Test
  void aModelOfADynamicProductRuns() throws IOException {
    TuningResult result = recipe().run();
    TuningSpace space = result.outcome().space();
    Plan dynamic = space.uniform().getLast();
    assertThat(dynamic.code()).contains("d");
    Model quantized = result.exact().copy();
    space.target().insert(result.ranges(), space.choices(dynamic), quantized);
    try (Session session = Backends.named("onnxruntime").open(quantized, SessionOptions.DEFAULT)) {
      assertThat(session.run(Map.of("x", TuningNetworks.noise(1, 1, 16, 8, 8)))).hasSize(1);
    }
  }
}
