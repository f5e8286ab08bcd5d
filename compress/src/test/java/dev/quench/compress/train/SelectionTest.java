// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static dev.quench.compress.train.TrainingFixtures.bars;
import static dev.quench.compress.train.TrainingFixtures.network;
import static dev.quench.compress.train.TrainingFixtures.options;
import static dev.quench.compress.train.TrainingFixtures.weights;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.run.Checkpoint;
import dev.quench.compress.train.run.EpochReport;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.Schedule;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.run.TrainingResult;
import dev.quench.compress.train.run.Validation;
import dev.quench.compress.train.run.Validation.Keep;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// With a constant learning rate a run of n epochs passes through the results of all shorter runs.
class SelectionTest {
  private static final Dataset DATA = bars(320, 3);
  private static final TrainingOptions OPTIONS =
      options(4)
          .withSchedule(new Schedule.Constant(0))
          .withOptimizer(Optimizer.sgd(0.2))
          .withValidation(60);

  @Test
  void theResultIsThatOfTheBestEpoch() throws IOException {
    TrainingResult best = train(OPTIONS);

    TrainingResult shorter =
        train(OPTIONS.withEpochs(best.keptEpoch()).withValidation(new Validation(60, Keep.LAST)));
    assertThat(best.epochs()).hasSize(4);
    assertThat(weights(best.model())).isEqualTo(weights(shorter.model()));
  }

  @Test
  void theLastEpochCanBeKeptAllTheSame() throws IOException {
    TrainingResult last = train(OPTIONS.withValidation(new Validation(60, Keep.LAST)));

    assertThat(last.keptEpoch()).isEqualTo(4);
  }

  @Test
  void aResumedRunRemembersTheBestEpoch() throws IOException {
    List<Checkpoint> states = new ArrayList<>();
    TrainingListener keeping =
        new TrainingListener() {
          @Override
          public void epoch(EpochReport report, CheckpointSource source) {
            states.add(source.take());
          }
        };
    TrainingResult whole = new Trainer(OPTIONS, keeping).train(network(), DATA);

    TrainingResult resumed =
        new Trainer(OPTIONS, TrainingListener.NONE).resume(network(), DATA, states.getLast());

    assertThat(resumed.keptEpoch()).isEqualTo(whole.keptEpoch());
    assertThat(weights(resumed.model())).isEqualTo(weights(whole.model()));
  }

  private static TrainingResult train(TrainingOptions options) throws IOException {
    return new Trainer(options, TrainingListener.NONE).train(network(), DATA);
  }
}
