// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.run.Augmentation;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.Objective;
import dev.quench.compress.train.run.Objective.OutputLoss;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.Schedule;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.run.Validation;
import dev.quench.compress.train.update.ParameterRules;
import dev.quench.compress.train.update.Regularization;
import dev.quench.compress.train.update.SparsityMethod;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrainingFactsTest {
  @Test
  void leavesOutWhatWasLeftOut() {
    assertThat(TrainingFacts.of(TrainingOptions.FLOAT))
        .containsExactly(
            Map.entry("epochs", "10, in batches of 128"),
            Map.entry("optimizer", "SGD, learning rate 0.05, momentum 0.9, weight decay 0.0005"),
            Map.entry(
                "schedule",
                "cosine to 0, after a rise over the first 200 steps, or a tenth of all if that is less"),
            Map.entry("loss", "cross entropy"),
            Map.entry("computed in", "FP32 on cpu, one thread"),
            Map.entry("seed", "1"));
  }

  @Test
  void namesEachChoice() {
    Map<String, String> facts =
        TrainingFacts.of(
            TrainingOptions.BINARY
                .withOptimizer(new Optimizer.GlorotScaled(Optimizer.adaMax(0.003)))
                .withSchedule(new Schedule.Step(0, 0.25, 0.5))
                .withObjective(
                    new Objective(
                        Loss.CROSS_ENTROPY,
                        0.1,
                        List.of(new OutputLoss("aux", Loss.SQUARED_HINGE, 0.3))))
                .withAugmentation(new Augmentation(2, true))
                .withValidation(Validation.of(5000))
                .withRegularization(
                    Regularization.NONE.withSparsity(1e-4, SparsityMethod.ISTA).withGradientNorm(5))
                .withParameters(
                    ParameterRules.NONE
                        .withLearningRates(Map.of("conv1", 0.1))
                        .withZerosKept(true)));

    assertThat(facts)
        .containsEntry(
            "optimizer", "AdaMax, learning rate 0.003, β 0.9 and 0.999, scaled by layer (Glorot)")
        .containsEntry("schedule", "multiplied by 0.5 after every 25 % of the steps")
        .containsEntry(
            "loss",
            "cross entropy, labels smoothed by 0.1, 0.3 times squared hinge of output 'aux'")
        .containsEntry("augmentation", "shifted by up to 2 pixels, mirrored half of the time")
        .containsEntry("held back", "5000 samples; kept: the best epoch")
        .containsEntry(
            "regularization",
            "ISTA of strength 0.0001 on the scales of normalizations, gradients of norm 5 at most")
        .containsEntry("parameters", "learning rate of 'conv1' times 0.1, zeros kept");
    assertThat(
            TrainingFacts.of(TrainingOptions.BINARY.withOptimizer(Optimizer.bop(0.01)))
                .get("optimizer"))
        .isEqualTo("Bop, adaptivity 0.001, threshold 1.0E-8; others by Adam, learning rate 0.01");
    assertThat(
            TrainingFacts.of(TrainingOptions.BINARY.withOptimizer(Optimizer.shiftAdaMax(0.0625)))
                .get("optimizer"))
        .isEqualTo("shift-based AdaMax, learning rate 0.0625, β 0.9 and 0.999");
  }
}
