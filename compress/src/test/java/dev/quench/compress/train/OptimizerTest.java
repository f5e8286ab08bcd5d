// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.binary.BinarizeWeights;
import dev.quench.compress.binary.TrainingOps;
import dev.quench.compress.binary.WeightScheme;
import dev.quench.compress.train.program.FrozenParameters;
import dev.quench.compress.train.run.Evaluator;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.TrainingException;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.update.ParameterRules;
import dev.quench.compress.zoo.Architecture;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The optimizers of binary networks learn, and refuse what they cannot train.
class OptimizerTest {
  @ParameterizedTest
  @ValueSource(strings = {"adamax", "shift-adamax", "bop", "glorot-adam", "glorot-shift-adamax"})
  void learnsABinaryNetwork(String name) throws IOException {
    Model trained = train(binary(WeightScheme.BINARY), optimizer(name));

    double accuracy = Evaluator.evaluate(trained, TrainingFixtures.bars(200, 2), 1).accuracy();
    assertThat(accuracy).isGreaterThan(0.8);
  }

  @Test
  void bopKeepsWeightsAtMinusOneAndOne() throws IOException {
    Model trained = train(binary(WeightScheme.BINARY), Optimizer.bop(0.01));

    for (Node node : trained.graph().nodes()) {
      if (TrainingOps.isBinarize(node)) {
        assertThat(node.input(0).initializer().orElseThrow().toFloats()).containsOnly(-1f, 1f);
      }
    }
  }

  @Test
  void bopHasNoLearningRatesByLayer() {
    ParameterRules slower = new ParameterRules(FrozenParameters.NONE, Map.of("conv1", 0.1), false);
    assertThatThrownBy(
            () -> TrainingOptions.BINARY.withOptimizer(Optimizer.bop(0.01)).withParameters(slower))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bop flips weights whole, so learning rates by layer do not go with it");
  }

  @Test
  void bopRefusesWeightsThatItCannotFlip() {
    for (WeightScheme scheme :
        new WeightScheme[] {
          WeightScheme.TERNARY,
          WeightScheme.BINARY.withCentred(true),
          WeightScheme.BINARY.withStochastic(true)
        }) {
      assertThatThrownBy(() -> train(binary(scheme), Optimizer.bop(0.01)))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("bop flips weights that are -1 or +1");
    }
    assertThatThrownBy(() -> train(TrainingFixtures.network(), Optimizer.bop(0.01)))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("this network has none");
  }

  @Test
  void shiftAdaMaxHasNoWeightDecay() {
    assertThatThrownBy(() -> Optimizer.shiftAdaMax(0x1p-6).withWeightDecay(1e-4))
        .hasMessageContaining("shift-based AdaMax has no weight decay");
  }

  private static Optimizer optimizer(String name) {
    return switch (name) {
      case "adamax" -> Optimizer.adaMax(0.01);
      case "shift-adamax" -> Optimizer.shiftAdaMax(0x1p-7);
      case "bop" -> Optimizer.bop(0.01);
      case "glorot-adam" -> new Optimizer.GlorotScaled(Optimizer.adam(0.003));
      default -> new Optimizer.GlorotScaled(Optimizer.shiftAdaMax(0x1p-9));
    };
  }

  private static Model binary(WeightScheme scheme) {
    Model model =
        Architecture.VGG_SMALL.build(TrainingFixtures.small().withBinaryActivations(true));
    new BinarizeWeights(scheme).apply(model);
    return model;
  }

  private static Model train(Model model, Optimizer optimizer) throws IOException {
    TrainingOptions options =
        TrainingFixtures.options(4).withOptimizer(optimizer).withLoss(Loss.SQUARED_HINGE);
    return new Trainer(options, TrainingListener.NONE)
        .train(model, TrainingFixtures.bars(400, 1))
        .model();
  }
}
