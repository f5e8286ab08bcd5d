// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.graph.Model;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// However the work is divided, the table is the same to the last bit.
class SameBitsTest {
  @TempDir Path folder;

  private final Model model = ScalingBackend.model();

  private static RangeMethod anyMethod(SplittableRandom random) {
    return MethodSelection.CANDIDATES.get(random.nextInt(MethodSelection.CANDIDATES.size()));
  }

  private CalibrationTable whole(SampleDataset data, RangeMethod method) throws IOException {
    return Calibrator.using(new ScalingBackend())
        .method(method)
        .calibrate(model, ScalingBackend.TENSORS, data);
  }

  @RepeatedTest(25)
  void forAnyBatchSizeOrderThreadsShardsGroupsAndInterruption(RepetitionInfo repetition)
      throws IOException {
    int seed = repetition.getCurrentRepetition();
    SplittableRandom random = new SplittableRandom(seed);
    SampleDataset data = SampleDataset.gaussian("x", Shape.of(6), random.nextInt(1, 120), seed);
    RangeMethod method = anyMethod(random);
    int shards = random.nextInt(1, (int) Math.min(5, data.size()) + 1);
    List<CalibrationTable> tables = new ArrayList<>();
    for (int shard = 1; shard <= shards; shard++) {
      tables.add(calibrateSomehow(data, method, shard, shards, random));
    }
    Collections.shuffle(tables, new Random(seed));
    CalibrationTable merged = tables.stream().reduce(CalibrationTable::merge).orElseThrow();

    assertThat(merged.toJson()).as("seed %d", seed).isEqualTo(whole(data, method).toJson());
    assertThat(merged.histograms()).isEqualTo(whole(data, method).histograms());
  }

  private CalibrationTable calibrateSomehow(
      SampleDataset data, RangeMethod method, int shard, int shards, SplittableRandom random)
      throws IOException {
    boolean interrupted = random.nextBoolean();
    Backend backend =
        interrupted ? new FailingBackend(random.nextInt(0, 60)) : new ScalingBackend();
    long tapBytes = random.nextBoolean() ? random.nextInt(1, 400) : 1 << 20;
    while (true) {
      Calibrator calibrator =
          Calibrator.using(backend)
              .method(method)
              .batchSize(random.nextInt(1, 40))
              .threads(random.nextInt(1, 4))
              .tapBytes(tapBytes)
              .shard(shard, shards);
      if (interrupted) {
        calibrator.checkpoint(folder.resolve("checkpoint " + shard), Duration.ZERO);
      }
      try {
        return calibrator.calibrate(model, ScalingBackend.TENSORS, data);
      } catch (BackendException e) {
        assertThat(interrupted).as("only a backend that fails interrupts").isTrue();
      }
    }
  }

  @RepeatedTest(10)
  void forAnyOrderOfSamples(RepetitionInfo repetition) throws IOException {
    int seed = repetition.getCurrentRepetition();
    SplittableRandom random = new SplittableRandom(seed);
    SampleDataset data = SampleDataset.gaussian("x", Shape.of(6), random.nextInt(1, 120), seed);
    RangeMethod method = anyMethod(random);

    assertThat(whole(data.shuffled(seed), method).entries())
        .containsExactlyElementsOf(whole(data, method).entries());
  }

  @RepeatedTest(10)
  void forAnotherMethodFromTheSameHistograms(RepetitionInfo repetition) throws IOException {
    SplittableRandom random = new SplittableRandom(repetition.getCurrentRepetition());
    SampleDataset data = SampleDataset.gaussian("x", Shape.of(6), 60, random.nextLong());
    RangeMethod method = anyMethod(random);
    CalibrationTable first = whole(data, anyMethod(random));
    first.write(folder.resolve("t.json"));
    first.writeHistograms(folder.resolve("t.histograms"));
    CalibrationTable read =
        CalibrationTable.read(folder.resolve("t.json"))
            .withHistograms(folder.resolve("t.histograms"));

    assertThat(read.reestimated(method).toJson()).isEqualTo(whole(data, method).toJson());
  }

  @Test
  void alsoOfAModelThatTakesBatchesOfOneSize() throws IOException {
    Model fixed = ScalingBackend.model(Shape.of(5, 6));
    SampleDataset data = SampleDataset.gaussian("x", Shape.of(6), 35, 1);
    CalibrationTable whole =
        Calibrator.using(new ScalingBackend()).calibrate(fixed, ScalingBackend.TENSORS, data);
    CalibrationTable merged = null;
    for (int shard = 1; shard <= 3; shard++) {
      CalibrationTable part =
          Calibrator.using(new ScalingBackend())
              .shard(shard, 3)
              .calibrate(fixed, ScalingBackend.TENSORS, data);
      merged = merged == null ? part : CalibrationTable.merge(part, merged);
    }

    assertThat(merged.toJson()).isEqualTo(whole.toJson());
  }
}
